import { z } from 'zod'
import { eventErrorTypes } from '../errors.ts'

/** Source of a user, from the `/start` payload. */
export const sources = ['habr', 'vc', 'telegram', 'referral', 'organic'] as const
export type Source = (typeof sources)[number]

/** What Telegram allows behind `?start=`. */
export const slugPattern = /^[A-Za-z0-9_-]{1,64}$/

/** How a cart came about, from the tools called in its tool loop. */
export const scenarios = ['search', 'recipe', 'budget', 'mixed'] as const
export type Scenario = (typeof scenarios)[number]

export const pmfAnswers = ['very', 'somewhat', 'not'] as const
export type Pmf = (typeof pmfAnswers)[number]

export const usefulFeatures = ['search', 'recipe', 'cart', 'other'] as const
export type UsefulFeature = (typeof usefulFeatures)[number]

const count = z.int().nonnegative()
/** Text of at most `limit` code points, as PostgreSQL counts characters. */
const text = (limit: number) =>
  z.string().refine(value => [...value].length <= limit, { error: `longer than ${limit} characters` })

/**
 * The business facts, each with the decision it serves. Every key is always present and no other is taken; what is unknown
 * is null, never 0.
 * `query` and `feedback` are masked before they get here; no other field contains text of a user.
 */
export const catalogue = {
  bot_start: {
    decides: 'where users come from, size of cohorts',
    metadata: z.strictObject({ source: z.enum(sources), referrer_id: z.int().nullable(), is_new_user: z.boolean() }),
  },
  cart_created: {
    decides: 'activation, average cart, GMV, unit economics',
    metadata: z.strictObject({
      cart_number: z.int().positive(),
      items_count: count,
      total_sum: z.number().positive().nullable(),
      scenario: z.enum(scenarios),
      messages_in_session: count,
      affiliate_tag: z.string().nullable(),
      revision: count,
    }),
  },
  cart_limit_reached: {
    decides: 'how many hit the limit, when to ask for the survey',
    metadata: z.strictObject({
      carts_used: count,
      cart_limit: count,
      days_since_registration: count,
      tier: z.union([z.literal(1), z.literal(2)]),
    }),
  },
  session_start: {
    decides: 'DAU, retention, frequency of use',
    metadata: z.strictObject({
      day_number: count,
      sessions_today: z.int().positive(),
      days_since_last_session: count.nullable(),
    }),
  },
  survey_completed: {
    decides: 'product-market fit, priorities',
    metadata: z.strictObject({
      pmf: z.enum(pmfAnswers),
      useful_feature: z.enum(usefulFeatures),
      feedback: text(500).nullable(),
      carts_before_survey: count,
      days_since_registration: count,
    }),
  },
  product_search: {
    decides: 'what is asked for, what is not found, search to cart',
    metadata: z
      .strictObject({ query: text(255), results_count: count, had_results: z.boolean() })
      .refine(search => search.had_results === search.results_count > 0, {
        error: 'had_results contradicts results_count',
      }),
  },
  bot_error: {
    decides: 'stability of the bot',
    metadata: z.strictObject({
      error_type: z.enum(eventErrorTypes),
      error_message: text(200),
      had_history: z.boolean(),
    }),
  },
} as const

export type EventType = keyof typeof catalogue
export type Metadata<T extends EventType> = z.infer<(typeof catalogue)[T]['metadata']>
export const eventTypes = Object.keys(catalogue) as EventType[]
