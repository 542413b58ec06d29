import type { EventErrorType } from '../errors.ts'
import type { Pmf, Source, UsefulFeature } from '../events/catalogue.ts'
import type { Period } from './period.ts'

/**
 * Answer of `Analytics.summary`. Here and below numbers are unrounded, null where there is no answer; days are `YYYY-MM-DD`.
 * The dictionary defines each number.
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

/** An answer with the same answer of the period of equal length before; null where no event of that period is stored. */
export type WithPrevious<T> = T & { previous: T | null }

/** Of `cohort` new users, `returned` came back on the day in question. */
export interface Returned {
  returned: number
  cohort: number
}

export const funnelStages = ['start', 'message', 'search', 'cart', 'limit', 'survey'] as const
export type FunnelStage = (typeof funnelStages)[number]

export interface Funnel extends Period {
  /** Source of the first `/start` of the users counted; null for all. */
  source: Source | null
  stages: { stage: FunnelStage; users: number }[]
  /** Users whose conversion window is still running. */
  open: number
}

/** The funnel of the users whose conversion window is over: who came how far within it. */
export interface FunnelWindow extends Period {
  source: Source | null
  /** Length of the window in calendar days. */
  days: number
  stages: Funnel['stages']
}

/** Users by the source of their first `/start`. */
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

/** A link by which users come. Users are those whose first `/start` came by it, `starts` all of its `/start`. */
export interface CampaignRow {
  /** The slug behind `?start=`. */
  campaign: string
  name: string
  /** What the publication cost; null when it was not given. */
  price_rub: number | null
  starts: number
  new_users: number
  first_carts: number
  carts: number
  gmv: number
  /** Messages handled of these users. */
  messages: number
  /** Of the language model. */
  cost_rub: number
  /** From the beginning to the end of the period: what the price was paid for. */
  total_new_users: number
  total_first_carts: number
  total_gmv: number
  total_cost_rub: number
}

export interface CampaignRequest {
  /** 1 to 100 characters; the same name in any case is the same campaign. */
  name: string
  /** The slug wanted: this one or none when `exact`, else the first free of slug, slug-2, slug-3… */
  slug: string
  exact: boolean
  /** Null leaves the price as it is. */
  price_rub: number | null
  /** The administrator. */
  made_by: number
}

/** The campaign of the name asked for; with `taken` the one that has the slug asked for. */
export interface SavedCampaign {
  outcome: 'made' | 'same' | 'priced' | 'taken' | 'other_slug'
  slug: string
  name: string
  price_rub: number | null
}

export const churnSteps = ['none', ...funnelStages] as const
export type ChurnStep = (typeof churnSteps)[number]

/** Users who blocked the bot in Telegram, and who let it in again, on one day. */
export interface ChurnRow {
  day: string
  /** Of the first `/start`. */
  source: Source
  /** The furthest step of the funnel that they had reached. */
  step: ChurnStep
  blocks: number
  unblocks: number
}

/** A slug of `/start` that is no campaign yet, sent by at least three users. */
export interface UnclaimedSlug {
  slug: string
  users: number
  starts: number
  last_day: string
}

/** Users new in one week, and how many of them were active in that week and in each week after it. */
export interface CohortRow {
  /** Monday. */
  week: string
  size: number
  active: number[]
}

/** Users new on a day; how many returned one and seven days later, null if that day is not over or not in the period. */
export interface RetentionRow {
  day: string
  cohort: number
  d1: number | null
  d7: number | null
}

/** One day; all zeros without activity. */
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
  /** Answers that count for PMF: of users with two carts and a session in the 30 days up to the answer. */
  answers: number
  pmf: Record<Pmf, number>
  /** Answers of the others, who have one cart or came back only for the survey. */
  others: Record<Pmf, number>
  /** Over all answers. */
  useful: Record<UsefulFeature, number>
  /** Share of «очень расстроюсь» with its 95 % Wilson interval; null without answers. */
  score: { share: number; low: number; high: number } | null
  /** The latest texts, newest first. Masked before they were stored. */
  feedback: { day: string; pmf: Pmf; text: string }[]
}

/** A query that at least three users searched for. */
export interface SearchRow {
  query: string
  searches: number
  /** Distinct users. */
  users: number
  /** Searches that found nothing. */
  empty: number
}

export interface Searches extends Period {
  /** The most frequent queries. */
  frequent: SearchRow[]
  /** Queries that found nothing at least once, most often empty first. */
  missing: SearchRow[]
}

/** Stored data of one user, without names and texts. */
export interface UserRecord {
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

/** What the income is calculated with: a contract, null while it is not known, and an assumption. */
export interface MoneyAssumptions {
  /** Percent of the sum of an order that the partner programme pays. */
  affiliatePercent: number | null
  /** Percent of carts that become orders. */
  orderPercent: number
}

/** Carts against model costs. Income and margin are estimates with a range, in kopecks; null without `affiliate_percent`. */
export interface UnitEconomics extends Period {
  affiliate_percent: number | null
  order_percent: number
  rows: UnitEconomicsRow[]
}

export interface UnitEconomicsRow {
  dimension: 'all' | 'source' | 'campaign' | 'cohort'
  /** `all`; a source; a campaign; the Monday of the week of the first /start, or `none` for users without one. */
  key: string
  carts: number
  labelled_carts: number
  gmv: number
  cost_rub: number
  income: number | null
  income_low: number | null
  income_high: number | null
  margin: number | null
  margin_low: number | null
  margin_high: number | null
}

/** Figures for the shop: the carts created, and an estimate of the orders that came of them. */
export interface Pitch extends Period {
  carts: number
  gmv: number
  /** Assumed share of carts that become orders; shown as an assumption. */
  order_share: number
  orders_gmv: number
}

/** Failed messages of one kind. */
export interface ErrorRow {
  error_type: EventErrorType
  /** The service that failed; `bot` if none did. */
  upstream: string
  errors: number
  /** Distinct users. */
  users: number
  /** Of the first and the last event that is still stored; null when none is. */
  first_at: Date | null
  last_at: Date | null
}

/** A failed message, newest first; `request_id` is the code that the user was shown. */
export interface ErrorCode {
  time: Date
  error_type: EventErrorType
  upstream: string
  request_id: string | null
}

export interface ErrorNumbers extends Period {
  errors: number
  /** Distinct users with any failure. */
  users: number
  kinds: ErrorRow[]
  last: ErrorCode[]
}

/** What one version of the prompt did in a period; `…_squared` and products are sums over users of their sums. */
export interface PromptRow {
  prompt_version: string
  first_day: string
  last_day: string
  users: number
  sessions: number
  messages: number
  turns: number
  cost_rub: number
  carts: number
  rated: number
  up: number
  sessions_squared: number
  carts_squared: number
  carts_sessions: number
  cost_squared: number
  cost_carts: number
  messages_squared: number
  turns_squared: number
  turns_messages: number
}
