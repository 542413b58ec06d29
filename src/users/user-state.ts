import type { Pmf, UsefulFeature } from '../events/catalogue.ts'
import type { JsonDocument } from '../events/facts.ts'

/** What is known of a user, as the database had it after the fact was applied. */
export interface UserState {
  userId: number
  registeredAt: Date
  /** Calendar days of ANALYTICS_TZ since registration. */
  daysSinceRegistration: number
  cartsCreated: number
  cartLimit: number
  surveyCompleted: boolean
  survey: SurveyProgress | null
  consentVersion: string | null
  blocked: { reason: string | null } | null
  /** Messages in the current session, this one included. */
  messagesInSession: number
  hasLastCart: boolean
}

/** Where in the three steps a user is. Survives a restart. */
export interface SurveyProgress {
  pmf: Pmf
  /** Set once the second question is answered; then the next text is the feedback. */
  usefulFeature: UsefulFeature | null
  /** ISO time of the last question: feedback is awaited for a while only. */
  askedAt: string
}

/** Reads what the SQL function `user_state()` returned: `registeredAt` is its only time, which JSON holds as text. */
export function readUserState(document: JsonDocument): UserState {
  const state = document as UserState
  return { ...state, registeredAt: new Date(state.registeredAt) }
}
