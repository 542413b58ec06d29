import { Composer } from 'grammy'
import type { Message } from 'grammy/types'
import type { StoredCart } from '../../shop/cart.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { plainText } from '../html.ts'
import { answerCallback, askForReply } from '../reply.ts'
import { cartActions } from './cart-keyboard.ts'
import { texts } from './texts.ts'

export interface CartActionsDeps extends ConversationDeps {
  /** Answers the text of a button as if it had been written. */
  press(ctx: BotContext, text: string, kind?: { correctsLast: boolean }): Promise<void>
}

/** What a button asks of the last cart, and of another one by its lines. */
interface CartButton {
  ofLast: string
  ofLines(lines: string): string
  correctsLast: boolean
}

/** The cart for less is still that cart; the same one again is another. */
const cheaper: CartButton = { ofLast: texts.askCheaper, ofLines: texts.askCheaperOf, correctsLast: true }
const again: CartButton = { ofLast: texts.askAgain, ofLines: texts.askAgainOf, correctsLast: false }

/**
 * The buttons under a cart. They ask for the last cart by its name; of an older one, or one that is no longer stored, the
 * message itself says what was in it.
 */
export function createCartActions({ users, press }: CartActionsDeps): Composer<BotContext> {
  const isLast = async (ctx: BotContext): Promise<boolean> => {
    const last: StoredCart | null = await users.lastCart(ctx.userId).catch(() => null)
    return last !== null && linksOf(ctx).includes(last.link)
  }
  const ask = async (ctx: BotContext, button: CartButton) => {
    if (await isLast(ctx)) return press(ctx, button.ofLast, button)
    const lines = linesOf(ctx.callbackQuery?.message)
    if (lines.length === 0) return answerCallback(ctx, texts.tooOld)
    await press(ctx, button.ofLines(lines.join('\n')))
  }

  const composer = new Composer<BotContext>()
  composer.callbackQuery(cartActions.cheaper, ctx => ask(ctx, cheaper))
  composer.callbackQuery(cartActions.again, ctx => ask(ctx, again))
  composer.callbackQuery(cartActions.change, async ctx => {
    if (!(await isLast(ctx))) return answerCallback(ctx, texts.notTheLast)
    await answerCallback(ctx)
    await askForReply(ctx, texts.askChange, texts.changePlaceholder)
  })
  return composer
}

/** What a message asks for: a reply to the question of «Изменить» is a change of the cart, whatever its words are. */
export function wishOf(ctx: BotContext): string {
  const { reply_to_message: to } = ctx.message ?? {}
  const isChange = to?.from?.id === ctx.me.id && to.text === plainText(texts.askChange)
  return isChange ? texts.changeOf(ctx.messageText) : ctx.messageText
}

const linksOf = (ctx: BotContext): string[] =>
  (ctx.callbackQuery?.message?.reply_markup?.inline_keyboard ?? [])
    .flat()
    .flatMap(key => ('url' in key ? [key.url] : []))

/** «Свёкла, 0,6 кг» of each line of the cart that the message shows; none of a message too old to be read. */
const linesOf = (message: Partial<Pick<Message, 'text'>> | undefined): string[] =>
  (message?.text ?? '')
    .replaceAll('\u2060', '')
    .split('\n')
    .flatMap(line => /^(.{1,300}) — (?:[\d\s]{1,12}₽|цена на сайте)$/u.exec(line)?.[1] ?? [])
