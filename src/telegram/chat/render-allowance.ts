import { InlineKeyboard } from 'grammy'
import type { CartView, Limit } from '../../assistant/assistant.ts'
import type { AllowanceSettings } from '../conversation.ts'
import type { Html } from '../html.ts'
import { maySurvey } from '../survey/may-survey.ts'
import { carts } from '../wording.ts'
import { texts } from './texts.ts'

/** The ways to more carts that are open to a user. */
export interface Ways {
  survey: boolean
}

/** What is left after this cart, and the ways to more after the first and the last one; null when its number is not known. */
export function renderAllowance(
  { cartNumber, revision, cartLimit }: Pick<CartView, 'cartNumber' | 'revision' | 'cartLimit'>,
  ways: Ways,
  settings: AllowanceSettings,
): Html | null {
  if (cartNumber === null || cartLimit === null) return null
  const left = Math.max(0, cartLimit - cartNumber)
  if (left === 0) return texts.cartsUsedUp(usedOf(cartNumber, cartLimit), describeWays(ways, settings))
  return texts.cartsLeft(left, cartNumber === 1 && !revision ? ` ${describeWays(ways, settings)}` : '')
}

/** The reply when the allowance was used up before this cart. */
export const renderLimit = ({ cartsUsed, cartLimit, surveyCompleted }: Limit, settings: AllowanceSettings): Html =>
  texts.cartsUsedUp(usedOf(cartsUsed, cartLimit), describeWays(waysOf({ surveyCompleted, cartsUsed }), settings))

export const waysOf = ({ surveyCompleted, cartsUsed }: Pick<Limit, 'surveyCompleted' | 'cartsUsed'>): Ways => ({
  survey: maySurvey({ surveyCompleted, cartsCreated: cartsUsed }),
})

/** The buttons of the ways to more. */
export function waysKeyboard({ survey }: Ways): InlineKeyboard {
  const keyboard = new InlineKeyboard()
  if (survey) keyboard.text(texts.takeSurvey, 'survey_start').row()
  return keyboard.text(texts.inviteFriend, 'invite_show')
}

/** «5 из 5»; a user without any allowance has used up nothing. */
const usedOf = (used: number, limit: number): string => (limit === 0 ? '' : ` (${used} из ${limit})`)

const describeWays = ({ survey }: Ways, { surveyBonus, referralBonus }: AllowanceSettings): string =>
  survey ? texts.waysSurvey(carts(surveyBonus), referralBonus) : texts.waysFriend(carts(referralBonus))
