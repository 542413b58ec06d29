import { InlineKeyboard } from 'grammy'
import type { Answer } from '../../assistant/assistant.ts'
import { defuseLinks } from '../../assistant/links.ts'
import type { RatedCart } from '../../users/cart-rating.ts'
import type { AllowanceSettings } from '../conversation.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { cartKeyboard } from './cart-keyboard.ts'
import { renderAllowance, renderLimit, waysKeyboard, waysOf } from './render-allowance.ts'
import { renderCart } from './render-cart.ts'
import { texts } from './texts.ts'
import { withoutRepetition } from './without-repetition.ts'

export interface RenderedAnswer {
  message: Html
  keyboard?: InlineKeyboard
}

export interface AnswerSetting {
  allowance: AllowanceSettings
  /** The user has taken the survey. */
  surveyCompleted: boolean
  /** Of the message. */
  requestId: string
  /** The disclaimer is due. */
  disclaimer: boolean
}

/**
 * The reply to a message: the model's text as plain text in which nothing can be pressed and nothing repeats what follows
 * from here, everything else made here. Null when there is nothing to say.
 */
export function renderAnswer(answer: Answer, setting: AnswerSetting): RenderedAnswer | null {
  const { cart, limit, allergyWarning, recipes } = answer
  const { allowance, surveyCompleted, disclaimer, requestId } = setting
  const text = withoutRepetition(answer)
  const ways = waysOf({ surveyCompleted, cartsUsed: 1 })
  const left = cart === null ? null : renderAllowance(cart, ways, allowance)
  const paragraphs = [
    ...(text !== '' ? [html`${defuseLinks(text)}`] : []),
    ...(text === '' && cart !== null && cart.changes === null ? [texts.defaultIntro] : []),
    ...(cart === null ? [] : [renderCart(cart, { allergyWarning, allowance: left, disclaimer })]),
    ...recipes.map(({ dish, steps }) => texts.recipe(defuseLinks(dish), steps.map(defuseLinks))),
    ...(limit === null ? [] : [renderLimit(limit, allowance)]),
  ]
  if (paragraphs.length === 0) return null
  const isLast = cart !== null && cart.cartNumber !== null && cart.cartNumber >= (cart.cartLimit ?? Infinity)
  const keyboard = mergeKeyboards([
    ...(cart === null ? [] : [cartKeyboard(cart, ratedCart(answer, requestId))]),
    ...(isLast ? [waysKeyboard(ways)] : []),
    ...(limit === null ? [] : [waysKeyboard(waysOf(limit))]),
  ])
  return { message: joinHtml(paragraphs, '\n\n'), ...(keyboard === null ? {} : { keyboard }) }
}

/** The cart as its rating names it; null while it has no number. */
function ratedCart({ cart, promptVersion }: Answer, requestId: string): RatedCart | null {
  return cart === null || cart.cartNumber === null ? null : { cartNumber: cart.cartNumber, requestId, promptVersion }
}

function mergeKeyboards(keyboards: readonly InlineKeyboard[]): InlineKeyboard | null {
  const rows = keyboards.flatMap(keyboard => keyboard.inline_keyboard)
  return rows.length === 0 ? null : new InlineKeyboard(rows)
}
