import { InlineKeyboard } from 'grammy'
import type { Answer } from '../../assistant/assistant.ts'
import { defuseLinks } from '../../assistant/links.ts'
import type { AllowanceSettings } from '../conversation.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { maySurvey } from '../survey/may-survey.ts'
import { cartsToGet } from '../wording.ts'
import { cartButton, renderCart } from './render-cart.ts'
import { texts } from './texts.ts'

export interface RenderedAnswer {
  message: Html
  keyboard?: InlineKeyboard
}

/**
 * The reply to a message: the model's text as plain text in which nothing can be pressed, everything else made here. Null
 * when there is nothing to say.
 */
export function renderAnswer(answer: Answer, allowance: AllowanceSettings): RenderedAnswer | null {
  const { text, cart, limit, allergyWarning } = answer
  const paragraphs = [
    ...(text !== null && text.trim() !== ''
      ? [html`${defuseLinks(text.trim())}`]
      : cart === null
        ? []
        : [texts.defaultIntro]),
    ...(cart === null ? [] : [renderCart(cart, { allergyWarning })]),
    ...(limit === null ? [] : [renderLimit(limit, allowance)]),
  ]
  if (paragraphs.length === 0) return null
  const keyboard = mergeKeyboards([
    ...(cart === null ? [] : [cartButton(cart)]),
    ...(limit === null ? [] : [limitButtons(limit)]),
  ])
  return { message: joinHtml(paragraphs, '\n\n'), ...(keyboard === null ? {} : { keyboard }) }
}

function renderLimit(
  { cartsUsed, cartLimit, surveyCompleted }: NonNullable<Answer['limit']>,
  a: AllowanceSettings,
): Html {
  const referral = cartsToGet(a.referralBonus)
  const ways = !maySurvey({ surveyCompleted, cartsCreated: cartsUsed })
    ? texts.limitWaysFriend(referral)
    : texts.limitWaysSurvey(cartsToGet(a.surveyBonus), referral)
  return texts.limitReached(cartsUsed, cartLimit, ways)
}

function limitButtons({ surveyCompleted, cartsUsed }: NonNullable<Answer['limit']>): InlineKeyboard {
  const keyboard = new InlineKeyboard()
  if (maySurvey({ surveyCompleted, cartsCreated: cartsUsed })) keyboard.text(texts.takeSurvey, 'survey_start').row()
  return keyboard.text(texts.inviteFriend, 'invite_show')
}

function mergeKeyboards(keyboards: readonly (InlineKeyboard | null)[]): InlineKeyboard | null {
  const rows = keyboards.flatMap(keyboard => keyboard?.inline_keyboard ?? [])
  return rows.length === 0 ? null : new InlineKeyboard(rows)
}
