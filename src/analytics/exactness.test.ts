import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createAnalytics } from './analytics.ts'
import { demoCampaigns, unclaimedDemoSlug } from './demo/campaigns.ts'
import type { ExpectedReports } from './demo/expected-reports.ts'
import { writeHistory } from './demo/history.ts'
import type { CampaignRow } from './numbers.ts'
import { addDays, type Period } from './period.ts'
import { createDuckDbOracle, type RawRow } from './testing/duck-db-oracle.ts'
import { rounded } from './testing/numbers.ts'
import {
  rawCampaigns,
  rawCohorts,
  rawErrors,
  rawFunnel,
  rawFunnelWindow,
  rawMissingSearches,
  rawMoney,
  rawRetention,
  rawSearches,
  rawSources,
  rawSummary,
  rawSurvey,
} from './testing/raw-sql.ts'
import { readReports } from './testing/read-everything.ts'

const timeZone = 'Europe/Moscow'
const until = '2026-03-10'
const now = new Date('2026-03-11T09:00:00Z')
const moment = (day: string) => `${day} 00:00:00+03`
const at = (period: Period) => ({
  period,
  from: moment(period.from),
  to: moment(addDays(period.to, 1)),
  today: '2026-03-11',
})

test('for 50 seeds every number of every period equals the generator’s expected value, and DuckDB’s from raw rows', async () => {
  const { url, db, sql } = await createTestDatabase(now)
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  const oracle = await createDuckDbOracle(timeZone)

  for (let seed = 1; seed <= 50; seed++) {
    const request = { users: 40, days: 30, seed, until, timeZone, cartLimit: 2, surveyBonus: 2 }
    const { periods } = await writeHistory(url, request, now)
    await oracle.load(
      await sql<RawRow>(
        'select user_id::float8 as user_id, event_type, metadata, created_at, campaign from user_events',
      ),
    )

    for (const name of ['today', 'week', 'month', '90d']) {
      const expected = periods[name]
      const read = await readReports(analytics, expected?.summary ?? { from: '', to: '' })
      expect(rounded(read), `seed ${seed}, ${name}`).toEqual(rounded(expected))
      if (name === 'week' || name === 'month') await compareWithDuckDb(read, oracle.query, `seed ${seed}, ${name}`)
    }

    if (seed % 5 !== 0) continue
    const claimed = { name: 'Кулинария', slug: unclaimedDemoSlug, exact: true, price_rub: 5_000, made_by: 1 }
    await analytics.saveCampaign(claimed)
    const week = periods.week?.summary ?? { from: '', to: '' }
    await compareCampaigns(await analytics.campaigns(week), week, oracle.query, `seed ${seed}, claimed later`)
    await sql('delete from campaigns where not synthetic')
    await sql('delete from analytics.campaign_totals where campaign = $1', [unclaimedDemoSlug])
  }
  oracle.close()
}, 300_000)

async function compareCampaigns(
  rows: readonly CampaignRow[],
  { from, to }: Period,
  query: (sql: string) => Promise<Record<string, unknown>[]>,
  message: string,
): Promise<void> {
  const counted = rows
    .map(({ campaign, starts, new_users, first_carts, carts, gmv, total_first_carts }) => ({
      ...{ campaign, starts, new_users, first_carts, carts, gmv, total_first_carts },
    }))
    .sort((a, b) => (a.campaign < b.campaign ? -1 : 1))
  const slugs = counted.map(({ campaign }) => campaign)
  expect(slugs.length, message).toBeGreaterThanOrEqual(3)
  expect(rounded(counted), message).toEqual(rounded(await query(rawCampaigns(at({ from, to }), slugs))))
}

async function compareWithDuckDb(
  read: ExpectedReports,
  query: (sql: string) => Promise<Record<string, unknown>[]>,
  message: string,
): Promise<void> {
  const { from, to, retention_d1, retention_d7, previous, ...summary } = read.summary
  const period = at({ from, to })
  const same = async (answer: unknown, sql: string) =>
    expect(rounded(answer), message).toEqual(rounded(await query(sql)))

  const { new_users, dau_avg, active_users, carts, gmv, avg_cart, errors } = summary
  const returned = {
    d1_cohort: retention_d1.cohort,
    d1_returned: retention_d1.returned,
    d7_cohort: retention_d7.cohort,
    d7_returned: retention_d7.returned,
  }
  await same([{ new_users, dau_avg, active_users, carts, gmv, avg_cart, errors, ...returned }], rawSummary(period))
  const [first, ...others] = read.funnel_by_source
  const ofOneSource = others.find(({ stages }) => (stages[0]?.users ?? 0) > 0) ?? first
  for (const { source, stages, open } of [read.funnel, ...(ofOneSource === undefined ? [] : [ofOneSource])]) {
    await same([{ ...stepsOf(stages), open }], rawFunnel(period, source))
  }
  await same([stepsOf(read.funnel_window.stages)], rawFunnelWindow(period, null))
  if (previous !== null) {
    const [before] = await query(rawSummary(at(previous)))
    expect(rounded(previous), message).toMatchObject(
      rounded({
        new_users: before?.new_users,
        dau_avg: before?.dau_avg,
        carts: before?.carts,
        gmv: before?.gmv,
      }) as object,
    )
  }
  await same(
    read.sources.map(({ first_carts: _f, cost_rub: _c, ...row }) => row),
    rawSources(period),
  )
  await same(
    read.cohorts.flatMap(({ week, size, active }) => [
      { week, k: -1, active: size },
      ...active.flatMap((n, k) => (n === 0 ? [] : [{ week, k, active: n }])),
    ]),
    rawCohorts(period),
  )
  await same(
    read.retention.filter(({ cohort }) => cohort > 0).map(row => ({ ...row, d1: row.d1 ?? 0, d7: row.d7 ?? 0 })),
    rawRetention(period),
  )
  await same(
    read.money.rows
      .filter(row => row.carts > 0)
      .map(row => ({
        ...{
          dimension: row.dimension,
          key: row.key,
          carts: row.carts,
          labelled_carts: row.labelled_carts,
          gmv: row.gmv,
        },
      })),
    rawMoney(
      period,
      demoCampaigns.map(({ slug }) => slug),
    ),
  )
  await same(read.searches, rawSearches(period))
  await same(read.missing_searches, rawMissingSearches(period))
  await same(
    read.errors.kinds.map(({ first_at: _f, last_at: _l, ...row }) => row),
    rawErrors(period),
  )
  expect(
    read.errors.kinds.reduce((sum, kind) => sum + kind.errors, 0),
    message,
  ).toBe(errors)
  await same(
    (['not', 'somewhat', 'very'] as const).flatMap(pmf =>
      [read.survey.others[pmf], read.survey.pmf[pmf]].flatMap((answers, in_pmf) =>
        answers === 0 ? [] : [{ pmf, in_pmf, answers }],
      ),
    ),
    rawSurvey(period),
  )
}

const stepsOf = (stages: ExpectedReports['funnel']['stages']) =>
  Object.fromEntries(stages.map(({ users }, i) => [`step${i + 1}`, users]))
