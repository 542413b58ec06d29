import { sqlState } from '../db/database-error.ts'
import type { Db } from '../db/db.ts'
import { StartupError } from '../errors.ts'
import type { Pmf, Source, UsefulFeature } from '../events/catalogue.ts'
import type { CartRatingRow, MissingSearchRow } from './digest-numbers.ts'
import {
  type CampaignRequest,
  type CampaignRow,
  type ChurnRow,
  type CohortRow,
  type DailyRow,
  type ErrorCode,
  type ErrorNumbers,
  type ErrorRow,
  type Funnel,
  type FunnelStage,
  type FunnelWindow,
  funnelStages,
  type MoneyAssumptions,
  type PromptRow,
  type RetentionRow,
  type SavedCampaign,
  type Searches,
  type SearchRow,
  type SourceRow,
  type Summary,
  type SurveyNumbers,
  type UnclaimedSlug,
  type UnitEconomics,
  type UnitEconomicsRow,
  type UserRecord,
} from './numbers.ts'
import type { Period } from './period.ts'
import { wilsonInterval } from './wilson.ts'

const REFRESH = 'select refresh_rollups($1, $2, $3) as users'
const WAITING = 'select coalesce(sum(cardinality(users)), 0) as marks from dirty_days'
const REBUILD_DAY = 'select rebuild_day($1, $2)'
const SUMMARY = 'select * from analytics.summary($1, $2, $3)'
const FUNNEL = 'select * from analytics.funnel($1, $2, $3)'
const FUNNEL_OPEN = 'select analytics.funnel_open($1, $2, $3, $4, $5) as users'
const FUNNEL_WINDOW = 'select * from analytics.funnel_window($1, $2, $3, $4, $5)'
const SOURCES = 'select * from analytics.sources($1, $2)'
const CAMPAIGNS = 'select * from analytics.campaigns($1, $2)'
const CHURN = 'select * from analytics.churn($1, $2)'
const SAVE_CAMPAIGN = 'select save_campaign($1, $2, $3, $4, $5, $6, $7, $8) as saved'
const UNCLAIMED_SLUGS = 'select * from unclaimed_slugs()'
const COHORTS = 'select * from analytics.cohorts($1, $2)'
const RETENTION = 'select * from analytics.retention($1, $2, $3)'
const DAILY = 'select * from analytics.days($1, $2)'
const SURVEY = 'select * from analytics.survey($1)'
const FEEDBACK =
  'select day, pmf, feedback from survey_answers where day <= $1 and feedback is not null order by answered_at desc limit $2'
const SEARCHES = 'select * from analytics.searches($1, $2)'
const UNIT_ECONOMICS = 'select * from analytics.unit_economics($1, $2, $3, $4)'
const SAVE_MONEY_SETTINGS = `
insert into analytics.money_settings (affiliate_percent, order_percent) values ($1, $2)
on conflict (only_row) do update set affiliate_percent = excluded.affiliate_percent, order_percent = excluded.order_percent`
// of yesterday as much as is left of 24 hours
const MODEL_TOKENS = `
select model, sum(tokens)::float8 as total,
  coalesce(sum(tokens) filter (where day = $1), 0)::float8
    + coalesce(sum(tokens) filter (where day = $1::date - 1), 0)::float8 * (1 - $2::float8) as "lastDay"
from analytics.model_days where provider = 'gigachat' group by model`
const MISSING_SEARCHES = 'select * from analytics.missing_searches($1, $2)'
const CART_RATINGS = 'select * from analytics.cart_ratings($1, $2)'
const ERRORS = 'select * from analytics.errors($1, $2)'
const FAILED_USERS = 'select analytics.failed_users($1, $2) as users'
const LAST_ERRORS = 'select * from analytics.last_errors($1, $2, $3)'
const EXPERIMENT = 'select * from analytics.experiment($1, $2)'
const USER_RECORD = 'select * from user_record($1)'
const FIRST_DAY = `
select min(date) as day from daily_stats
where (dau, new_users, carts_created, searches, errors, messages, llm_calls) <> (0, 0, 0, 0, 0, 0, 0)`

const KEPT_SINCE = 'select greatest($1::date, first_kept_day($2)) as day'

/** Bounded so that one transaction stays within the statement timeout and does not hold up other readers. */
export const usersPerTransaction = 10_000

type SummaryColumns = Omit<Summary, 'retention_d1' | 'retention_d7' | 'from' | 'to'> &
  Record<'retention_d1_returned' | 'retention_d1_cohort' | 'retention_d7_returned' | 'retention_d7_cohort', number>

/**
 * Queries the views and functions of the schema `analytics`, as any other SQL client does. `reads` may lag behind `db`: what an
 * operator looks at after changing it (a user, campaigns) and what spending depends on is read from `db`.
 */
export const createAnalyticsStore = (db: Db, reads: Db = db) => ({
  /** Counts all marked days; returns of how many users, those of each transaction together. Throws StartupError if the totals use another time zone. */
  refresh: async (timeZone: string, today: string): Promise<number> => {
    for (let total = 0; ; ) {
      const [row] = await db
        .query<{ users: number }>('refresh_rollups', REFRESH, [timeZone, today, usersPerTransaction])
        .catch(refuseOtherTimeZone)
      total += row?.users ?? 0
      if ((row?.users ?? 0) < usersPerTransaction) return total
    }
  },

  waiting: async (): Promise<number> => {
    const [row] = await db.query<{ marks: number }>('refresh_rollups', WAITING)
    return row?.marks ?? 0
  },

  rebuildDay: async (day: string, timeZone: string): Promise<void> => {
    await db.query('refresh_rollups', REBUILD_DAY, [day, timeZone])
  },

  summary: async ({ from, to }: Period, today: string): Promise<Summary> => {
    const [row] = await reads.query<SummaryColumns>('read_summary', SUMMARY, [from, to, today])
    if (row === undefined) throw new TypeError('analytics.summary answers with one row')
    const { retention_d1_returned, retention_d1_cohort, retention_d7_returned, retention_d7_cohort, ...rest } = row
    return {
      from,
      to,
      ...rest,
      retention_d1: { returned: retention_d1_returned, cohort: retention_d1_cohort },
      retention_d7: { returned: retention_d7_returned, cohort: retention_d7_cohort },
    }
  },

  funnel: async ({ from, to }: Period, source: Source | null, days: number, today: string): Promise<Funnel> => {
    const rows = await reads.query<StageRow>('read_funnel', FUNNEL, [from, to, source])
    const [open] = await reads.query<{ users: number }>('read_funnel', FUNNEL_OPEN, [from, to, source, days, today])
    return { from, to, source, stages: stagesOf(rows), open: open?.users ?? 0 }
  },

  funnelWindow: async (
    { from, to }: Period,
    source: Source | null,
    days: number,
    today: string,
  ): Promise<FunnelWindow> => {
    const rows = await reads.query<StageRow>('read_funnel', FUNNEL_WINDOW, [from, to, source, days, today])
    return { from, to, source, days, stages: stagesOf(rows) }
  },

  sources: ({ from, to }: Period): Promise<SourceRow[]> =>
    reads.query<RowOf<SourceRow>>('read_sources', SOURCES, [from, to]),
  campaigns: ({ from, to }: Period): Promise<CampaignRow[]> =>
    db.query<RowOf<CampaignRow>>('read_campaigns', CAMPAIGNS, [from, to]),
  churn: ({ from, to }: Period): Promise<ChurnRow[]> =>
    reads.query<RowOf<ChurnRow>>('read_campaigns', CHURN, [from, to]),
  saveCampaign: async (
    { name, slug, exact, price_rub, made_by }: CampaignRequest,
    at: Date,
    timeZone: string,
  ): Promise<SavedCampaign> => {
    const values = [name, name.toLowerCase(), slug, exact, price_rub, made_by, at, timeZone]
    const [row] = await db.query<{ saved: SavedCampaign }>('save_campaign', SAVE_CAMPAIGN, values)
    if (row === undefined) throw new TypeError('save_campaign answers with one row')
    return row.saved
  },
  unclaimedSlugs: (): Promise<UnclaimedSlug[]> => db.query<RowOf<UnclaimedSlug>>('read_campaigns', UNCLAIMED_SLUGS),
  cohorts: ({ from, to }: Period): Promise<CohortRow[]> =>
    reads.query<RowOf<CohortRow>>('read_cohorts', COHORTS, [from, to]),
  retention: ({ from, to }: Period, today: string): Promise<RetentionRow[]> =>
    reads.query<RowOf<RetentionRow>>('read_retention', RETENTION, [from, to, today]),
  daily: ({ from, to }: Period): Promise<DailyRow[]> => reads.query<RowOf<DailyRow>>('read_days', DAILY, [from, to]),

  survey: async ({ to }: Period, texts: number): Promise<SurveyNumbers> => {
    type Row = { pmf: Pmf; useful_feature: UsefulFeature; in_pmf: boolean; answers: number }
    const rows = await reads.query<Row>('read_survey', SURVEY, [to])
    const feedback = await reads.query<{ day: string; pmf: Pmf; feedback: string }>('read_survey', FEEDBACK, [
      to,
      texts,
    ])
    const pmf = { very: 0, somewhat: 0, not: 0 }
    const others = { very: 0, somewhat: 0, not: 0 }
    const useful = { search: 0, recipe: 0, cart: 0, other: 0 }
    for (const row of rows) {
      const group = row.in_pmf ? pmf : others
      group[row.pmf] += row.answers
      useful[row.useful_feature] += row.answers
    }
    const answers = pmf.very + pmf.somewhat + pmf.not
    return {
      answers,
      pmf,
      others,
      useful,
      score: answers === 0 ? null : { share: pmf.very / answers, ...wilsonInterval(pmf.very, answers) },
      feedback: feedback.map(({ feedback: text, ...row }) => ({ ...row, text })),
    }
  },

  searches: async ({ from, to }: Period, limit: number): Promise<Searches> => {
    const rows = await reads.query<RowOf<SearchRow>>('read_searches', SEARCHES, [from, to])
    const missing = rows.filter(row => row.empty > 0).sort((a, b) => b.empty - a.empty || compare(a.query, b.query))
    return { from, to, frequent: rows.slice(0, limit), missing: missing.slice(0, limit) }
  },

  unitEconomics: async ({ from, to }: Period, given: MoneyAssumptions): Promise<UnitEconomics> => {
    const { affiliatePercent, orderPercent } = given
    const values = [from, to, affiliatePercent, orderPercent]
    const rows = await reads.query<RowOf<UnitEconomicsRow>>('read_sources', UNIT_ECONOMICS, values)
    return { from, to, affiliate_percent: affiliatePercent, order_percent: orderPercent, rows }
  },

  /** Billable tokens of GigaChat's models: ever, and in the last 24 hours when `dayShare` of today is over. */
  modelTokens: (today: string, dayShare: number) =>
    db.query<{ model: string; total: number; lastDay: number }>('read_sources', MODEL_TOKENS, [today, dayShare]),

  saveMoneySettings: async ({ affiliatePercent, orderPercent }: MoneyAssumptions): Promise<void> => {
    await db.query('describe_numbers', SAVE_MONEY_SETTINGS, [affiliatePercent, orderPercent])
  },

  missingSearches: ({ from, to }: Period): Promise<MissingSearchRow[]> =>
    reads.query<RowOf<MissingSearchRow>>('read_searches', MISSING_SEARCHES, [from, to]),
  cartRatings: ({ from, to }: Period): Promise<CartRatingRow[]> =>
    reads.query<RowOf<CartRatingRow>>('read_survey', CART_RATINGS, [from, to]),
  experiment: ({ from, to }: Period): Promise<PromptRow[]> =>
    reads.query<RowOf<PromptRow>>('read_experiment', EXPERIMENT, [from, to]),

  errors: async ({ from, to }: Period, limit: number): Promise<ErrorNumbers> => {
    const kinds = await reads.query<RowOf<ErrorRow>>('read_errors', ERRORS, [from, to])
    const [affected] = await reads.query<{ users: number }>('read_errors', FAILED_USERS, [from, to])
    const last = await reads.query<RowOf<ErrorCode>>('read_errors', LAST_ERRORS, [from, to, limit])
    const errors = kinds.reduce((sum, kind) => sum + kind.errors, 0)
    return { from, to, errors, users: affected?.users ?? 0, kinds, last }
  },

  user: async (userId: number): Promise<UserRecord | null> => {
    const [row] = await db.query<RowOf<UserRecord>>('read_user', USER_RECORD, [userId])
    return row ?? null
  },

  /** The first day, not before `firstDay`, whose events are all stored. */
  storedSince: async (firstDay: string, timeZone: string): Promise<string> => {
    const [row] = await reads.query<{ day: string }>('read_days', KEPT_SINCE, [firstDay, timeZone])
    return row?.day ?? firstDay
  },

  /** The first day with any activity, or null. */
  firstDay: async (): Promise<string | null> => {
    const [row] = await reads.query<{ day: string | null }>('read_days', FIRST_DAY)
    return row?.day ?? null
  },
})

interface StageRow {
  stage: FunnelStage
  users: number
}

function stagesOf(rows: readonly StageRow[]): Funnel['stages'] {
  const users = new Map(rows.map(row => [row.stage, row.users]))
  return funnelStages.map(stage => ({ stage, users: users.get(stage) ?? 0 }))
}

/** SQLSTATE that lock_rollups() raises when the days are counted in another time zone. */
const otherTimeZone = '55000'

function refuseOtherTimeZone(err: unknown): never {
  if (sqlState(err) !== otherTimeZone) throw err
  throw new StartupError(
    'The numbers are counted by the days of another time zone than ANALYTICS_TZ. Set it back, or count everything again: npm run rebuild-totals',
    { cause: err },
  )
}

type RowOf<T> = { [K in keyof T]: T[K] }

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
