import type { Answer } from '../../assistant/assistant.ts'
import { isAmong, significantWords } from '../../shop/phrase.ts'

type Stated = Pick<Answer, 'text' | 'cart' | 'limit'>

/** Words of a sentence that says nothing but what was not found, or that the budget holds. */
const aboutMissing =
  /^(?:наш(?:ел|ла|ли|лось|лась|лись)|нет|сожален|продаж|магазин|каталог|сейчас|сегодня|удалось|найти)/u
const aboutBudget =
  /^(?:бюджет|улож|учт|учел|учла|вписал|рубл|руб$|сумм|корзин|весь|всё|заказ|ваш|вполне|полност|просил|готов)/u
const mentionsLimit =
  /лимит|(?:корзин|попыт)\p{L}* .{0,40}(?:закончил|исчерпа|израсход|использова)|(?:закончил|исчерпа|израсход)\p{L}* .{0,40}корзин|\/survey|\/invite|пройти .{0,20}опрос|приглас/iu
const mentionsLeft = /(?:остал(?:ась|ось|ись)|осталось) .{0,20}корзин|корзин\p{L}* .{0,20}остал(?:ась|ось|ись)/iu

/**
 * The model's text without the sentences that only repeat what the bot shows itself: what was not found, the budget, the
 * carts left, the limit. A sentence that says more (a replacement, a reason) stays. Empty when nothing is left.
 */
export function withoutRepetition({ text, cart, limit }: Stated): string {
  const missing = significantWords(cart?.notFound.join(' ') ?? '')
  const repeats = (sentence: string): boolean => {
    if (limit !== null && mentionsLimit.test(sentence)) return true
    if (cart === null) return false
    if (cart.cartNumber !== null && mentionsLeft.test(sentence)) return true
    if (missing.length > 0 && /не (?:наш|удалось найти)|нет в (?:продаже|каталоге)/iu.test(sentence))
      return saysOnly(sentence, word => aboutMissing.test(word) || isAmong(word, missing))
    return (
      cart.budget !== null &&
      /бюджет|улож|вписал/iu.test(sentence) &&
      saysOnly(sentence, word => aboutBudget.test(word))
    )
  }
  return (text ?? '')
    .split('\n')
    .flatMap(line => {
      const sentences = line.split(/(?<=[.!?…])[^\S\n]+(?=[\p{Lu}\p{Extended_Pictographic}])/u)
      const kept = sentences.filter(sentence => !repeats(sentence))
      return kept.length === sentences.length ? [line] : kept.length > 0 ? [kept.join(' ')] : []
    })
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

const saysOnly = (sentence: string, known: (word: string) => boolean): boolean =>
  significantWords(sentence).every(known)
