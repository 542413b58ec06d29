import type { Db } from '../db/db.ts'
import type { StandbyReads, Timed } from '../db/standby.ts'
import type { Source } from '../events/catalogue.ts'
import { createAnalyticsStore } from './analytics-store.ts'
import { type FailureArchive, withArchived } from './archive/archived-failures.ts'
import type { CartRatingRow, MissingSearchRow } from './digest-numbers.ts'
import { compareVersions, type ExperimentNumbers, experimentDays } from './experiment.ts'
import type {
  CampaignRequest,
  CampaignRow,
  ChurnRow,
  CohortRow,
  DailyRow,
  ErrorNumbers,
  Funnel,
  FunnelWindow,
  MoneyAssumptions,
  Pitch,
  PromptRow,
  RetentionRow,
  SavedCampaign,
  Searches,
  SourceRow,
  Summary,
  SurveyNumbers,
  UnclaimedSlug,
  UnitEconomics,
  UserRecord,
} from './numbers.ts'
import { addDays, createDayReader, type Period } from './period.ts'

/**
 * The numbers of the dictionary, exact to the last stored fact: every method refreshes the rollups first. Rejects with an
 * AppError when PostgreSQL is unavailable; what a standby can answer it answers without the primary, see `timed`.
 */
export interface Analytics {
  /** Runs reads and says which time their numbers are true for. */
  timed<T>(read: () => Promise<T>): Promise<Timed<T>>
  /** Today in ANALYTICS_TZ. */
  today(): string
  /** Refreshes the rollups; returns how many users were counted. */
  refresh(): Promise<number>
  /** Number of marks, each a day of a user, that have yet to be counted. */
  waiting(): Promise<number>
  /** Counts one day again from the events. */
  rebuild(day: string): Promise<void>
  summary(period: Period): Promise<Summary>
  funnel(period: Period, source?: Source | null): Promise<Funnel>
  funnelWindow(period: Period, source?: Source | null): Promise<FunnelWindow>
  sources(period: Period): Promise<SourceRow[]>
  /** Every campaign, most new users first. */
  campaigns(period: Period): Promise<CampaignRow[]>
  /** By day, source and step. */
  churn(period: Period): Promise<ChurnRow[]>
  /** Makes a campaign, or finds it by its name; `taken` and `other_slug` change nothing. */
  saveCampaign(campaign: CampaignRequest): Promise<SavedCampaign>
  /** Slugs that can be claimed as a campaign, most users first. */
  unclaimedSlugs(): Promise<UnclaimedSlug[]>
  cohorts(period: Period): Promise<CohortRow[]>
  retention(period: Period): Promise<RetentionRow[]>
  /** One row a day, in order; days without activity are zeros. */
  daily(period: Period): Promise<DailyRow[]>
  /** Over all answers given until the end of the period. */
  survey(period: Period, texts?: number): Promise<SurveyNumbers>
  searches(period: Period, limit?: number): Promise<Searches>
  /** Queries that found nothing for at least three users, most users first. */
  missingSearches(period: Period): Promise<MissingSearchRow[]>
  cartRatings(period: Period): Promise<CartRatingRow[]>
  /** The versions of the prompt compared. */
  experiment(period: Period): Promise<ExperimentNumbers>
  /** What each of them did; the sums that `experiment` compares. */
  promptRows(period: Period): Promise<PromptRow[]>
  /** Failed messages by kind, and the newest `limit` of them. */
  errors(period: Period, limit?: number): Promise<ErrorNumbers>
  /** Null if the user is not registered. */
  user(userId: number): Promise<UserRecord | null>
  pitch(period: Period, orderShare?: number): Promise<Pitch>
  unitEconomics(period: Period, assumptions: MoneyAssumptions): Promise<UnitEconomics>
  /** Billable tokens of GigaChat's models: ever, and in the last 24 hours. */
  modelTokens(): Promise<readonly { model: string; total: number; lastDay: number }[]>
  /** Stores what other readers of the numbers calculate the income with. */
  saveMoneySettings(assumptions: MoneyAssumptions): Promise<void>
  /** From the first day with activity to today; only today in an empty database. */
  everything(): Promise<Period>
  /** The first day whose events are all stored; earlier ones have totals only. Today in an empty database. */
  storedSince(): Promise<string>
}

export interface AnalyticsDeps {
  db: Db
  /** Answers reads in place of `db`; not those that follow a change of the same operator. */
  standby?: StandbyReads | undefined
  timeZone: string
  now: () => Date
  /** Calendar days that a user of the funnel has for its steps, the day of the /start included. 7 by default. */
  funnelWindowDays?: number
  /** Months that were dropped into an archive; without it what only their events say is unknown. */
  failureArchive?: FailureArchive
}

/** Share of carts that become orders. An assumption of the plan, not a measurement. */
const assumedOrderShare = 0.3

export function createAnalytics({
  db,
  standby,
  timeZone,
  now,
  funnelWindowDays = 7,
  failureArchive,
}: AnalyticsDeps): Analytics {
  const store = createAnalyticsStore(db, standby)
  const dayOf = createDayReader(timeZone)
  const today = () => dayOf(now())
  const refresh = () => store.refresh(timeZone, today())
  const firstDay = async () => (await store.firstDay()) ?? today()
  /** Refreshes the rollups before the read; a standby also answers without it while the primary is down. */
  const prepare = () => (standby === undefined ? refresh() : standby.prepare(refresh))
  const fresh =
    <Args extends unknown[], T>(read: (...args: Args) => Promise<T>) =>
    async (...args: Args): Promise<T> => {
      await prepare()
      return read(...args)
    }

  return {
    timed: standby?.timed ?? (async read => ({ answer: await read(), asOf: null })),
    today,
    refresh,
    waiting: store.waiting,
    rebuild: day => store.rebuildDay(day, timeZone),
    summary: fresh(period => store.summary(period, today())),
    funnel: fresh((period, source = null) => store.funnel(period, source, funnelWindowDays, today())),
    funnelWindow: fresh((period, source = null) => store.funnelWindow(period, source, funnelWindowDays, today())),
    sources: fresh(period => store.sources(period)),
    campaigns: fresh(period => store.campaigns(period)),
    churn: fresh(period => store.churn(period)),
    saveCampaign: campaign => store.saveCampaign(campaign, now(), timeZone),
    unclaimedSlugs: fresh(() => store.unclaimedSlugs()),
    cohorts: fresh(period => store.cohorts(period)),
    retention: fresh(period => store.retention(period, today())),
    daily: fresh(period => store.daily(period)),
    survey: fresh((period, texts = 5) => store.survey(period, texts)),
    searches: fresh((period, limit = 10) => store.searches(period, limit)),
    missingSearches: fresh(period => store.missingSearches(period)),
    cartRatings: fresh(period => store.cartRatings(period)),
    experiment: period => compareVersions(store.experiment, period, addDays(today(), 1 - experimentDays)),
    promptRows: store.experiment,
    errors: fresh(async (period, limit = 5) => {
      const archived = (await failureArchive?.read(period, limit)) ?? null
      return withArchived(await store.errors(period, limit), archived, limit)
    }),
    user: fresh(userId => store.user(userId)),
    pitch: fresh(async (period, orderShare = assumedOrderShare) => {
      const { carts, gmv } = await store.summary(period, today())
      return { ...period, carts, gmv, order_share: orderShare, orders_gmv: gmv * orderShare }
    }),
    everything: fresh(async () => ({ from: await firstDay(), to: today() })),
    storedSince: fresh(async () => store.storedSince(await firstDay(), timeZone)),
    unitEconomics: fresh((period, assumptions) => store.unitEconomics(period, assumptions)),
    saveMoneySettings: store.saveMoneySettings,
    modelTokens: () => store.modelTokens(today(), dayShare(now(), timeZone)),
  }
}

/** How much of the calendar day is over, 0 to 1. */
function dayShare(at: Date, timeZone: string): number {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, hour: '2-digit', minute: '2-digit' }).format(at)
  const [hours = 0, minutes = 0] = clock.split(':').map(Number)
  return (hours * 60 + minutes) / (24 * 60)
}
