import { sources } from '../../events/catalogue.ts'
import type { Analytics } from '../analytics.ts'
import { withPrevious } from '../compare.ts'
import type { ExpectedNumbers } from '../demo/expected.ts'
import { demoAssumptions } from '../demo/expected-money.ts'
import type { ExpectedReports } from '../demo/expected-reports.ts'
import type { Period } from '../period.ts'

/** Reads all reports of a period, in the shape of the generator's expected values. */
export async function readEverything(analytics: Analytics, period: Period): Promise<ExpectedNumbers> {
  const { users, kinds } = await analytics.errors(period)
  const { answers, pmf, others, useful } = await analytics.survey(period)
  return {
    summary: await analytics.summary(period),
    funnel: await analytics.funnel(period),
    funnel_by_source: await Promise.all(sources.map(source => analytics.funnel(period, source))),
    funnel_window: await analytics.funnelWindow(period),
    sources: await analytics.sources(period),
    campaigns: await analytics.campaigns(period),
    churn: await analytics.churn(period),
    cohorts: await analytics.cohorts(period),
    retention: await analytics.retention(period),
    daily: await analytics.daily(period),
    survey: { answers, pmf, others, useful },
    money: await analytics.unitEconomics(period, demoAssumptions),
    errors: { users, kinds },
    searches: (await analytics.searches(period, 1000)).frequent,
    missing_searches: await analytics.missingSearches(period),
  }
}

/** `readEverything`, beside the period before where a report says so. */
export const readReports = async (analytics: Analytics, period: Period): Promise<ExpectedReports> => ({
  ...(await readEverything(analytics, period)),
  prompts: await analytics.promptRows(period),
  ratings: await analytics.cartRatings(period),
  summary: await withPrevious(analytics, period, analytics.summary),
  funnel: await withPrevious(analytics, period, analytics.funnel),
  funnel_by_source: await Promise.all(
    sources.map(source => withPrevious(analytics, period, each => analytics.funnel(each, source))),
  ),
})

/** Without the times of failures, which are those of stored events: they go with the events. */
export const withoutTimes = <T extends Pick<ExpectedNumbers, 'errors'>>({ errors, ...others }: T) => ({
  ...others,
  errors: { ...errors, kinds: errors.kinds.map(({ first_at: _f, last_at: _l, ...kind }) => kind) },
})
