import type { Pmf, Source, UsefulFeature } from '../events/catalogue.ts'
import type { Period } from './period.ts'

/**
 * What the reading side answers. Plain numbers, unrounded, null where there is no answer; days are `YYYY-MM-DD`. What each
 * number means stands in the dictionary.
 */
export interface Summary extends Period {
  new_users: number
  dau_avg: number
  active_users: number
  retention_d1: Returned
  retention_d7: Returned
  carts: number
  gmv: number
  avg_cart: number | null
  carts_per_user: number | null
  tokens: number
  cost_rub: number
  cost_per_user: number | null
  errors: number
  messages: number
  error_share: number | null
}

/** Of `cohort` new people `returned` came back on the day in question. */
export interface Returned {
  returned: number
  cohort: number
}

export const funnelStages = ['start', 'message', 'search', 'cart', 'limit', 'survey'] as const
export type FunnelStage = (typeof funnelStages)[number]

export interface Funnel extends Period {
  /** Only people of this first source; null for all. */
  source: Source | null
  stages: { stage: FunnelStage; users: number }[]
}

/** People by the source of their first `/start`. */
export interface SourceRow {
  source: Source
  users: number
  new_users: number
  with_cart: number
  first_carts: number
  carts: number
  gmv: number
  cost_rub: number
}

/** People new in one week, and how many of them were active in that week and in each week after it. */
export interface CohortRow {
  /** Monday. */
  week: string
  size: number
  active: number[]
}

/** People new on a day; how many returned one and seven days later, null when that day is not over or not in the period. */
export interface RetentionRow {
  day: string
  cohort: number
  d1: number | null
  d7: number | null
}

/** One day; a day without anything is all zeros. */
export interface DailyRow {
  date: string
  dau: number
  new_users: number
  sessions: number
  carts: number
  gmv: number
  searches: number
  errors: number
  messages: number
  tokens: number
  cost_rub: number
}

export interface SurveyNumbers {
  /** Answers that PMF is measured by: of users with two carts and a session in the 30 days up to the answer. */
  answers: number
  pmf: Record<Pmf, number>
  /** Answers of the others, who have one cart or came back for the survey alone. */
  others: Record<Pmf, number>
  /** Of all answers. */
  useful: Record<UsefulFeature, number>
  /** Share of «очень расстроюсь» with its 95 % Wilson interval; null without answers. */
  score: { share: number; low: number; high: number } | null
  /** The latest texts, masked when they were written, newest first. */
  feedback: { day: string; pmf: Pmf; text: string }[]
}

/** What was searched for, only where at least three people asked. */
export interface SearchRow {
  query: string
  searches: number
  people: number
  /** Searches that found nothing. */
  empty: number
}

export interface Searches extends Period {
  /** The most frequent ones. */
  frequent: SearchRow[]
  /** Those that found nothing at least once, most often empty first. */
  missing: SearchRow[]
}

/** What is known of one person, without a name or a word they wrote. */
export interface PersonRecord {
  user_id: number
  registered_at: Date
  started_at: Date | null
  source: Source
  invited_by: number | null
  invited: number
  last_message_at: Date | null
  active_days: number
  sessions: number
  messages: number
  searches: number
  errors: number
  carts_created: number
  cart_limit: number
  gmv: number
  tokens: number
  cost_rub: number
  survey_completed_at: Date | null
  pmf: Pmf | null
  consent_at: Date | null
  consent_withdrawn_at: Date | null
  blocked_at: Date | null
  block_reason: string | null
}

/** The honest sentence for the shop: what the bot made, and what may have come of it. */
export interface Pitch extends Period {
  carts: number
  gmv: number
  /** The labelled assumption: share of carts that become orders. */
  order_share: number
  orders_gmv: number
}
