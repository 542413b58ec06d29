import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { count } from '../../../src/analytics/show.ts'
import { rounded } from '../../../src/analytics/testing/numbers.ts'
import { type Place, same } from './place.ts'
import { readPage } from './shown-text.ts'
import * as written from './written.ts'

/** `npm run report -- … --json`. */
export async function reportAgrees(place: Place, name: string): Promise<void> {
  const { expected, period, run } = place
  const json = async (report: string): Promise<unknown> =>
    JSON.parse(await run(`${report} --period ${name} --until ${period.to} --json`))
  const shows = async (report: string, wanted: unknown) => same(place, `report ${report}`, await json(report), wanted)

  await shows('summary', expected.summary)
  await shows('funnel', expected.funnel)
  const [one] = expected.funnel_by_source
  await shows(`funnel --source ${one?.source}`, one)
  await shows(
    'sources',
    expected.sources.map(({ first_carts: _f, cost_rub: _c, ...row }) => row),
  )
  await shows('cohorts', expected.cohorts)
  await shows('retention', expected.retention)
  await shows('money', expected.money)
  const churn = written.churnTotals(expected)
  expect.soft(await json('churn'), `${place.message}, report churn`).toMatchObject(churn)
  expect.soft(await json('errors'), `${place.message}, report errors`).toMatchObject({
    errors: expected.summary.errors,
    users: expected.errors.users,
    kinds: expected.errors.kinds.map(({ first_at: _a, last_at: _b, ...kind }) => kind),
  })
  expect.soft(await json('experiment'), `${place.message}, report experiment`).toMatchObject({
    versions: expected.prompts.map(({ prompt_version, users, sessions, messages, carts, rated }) => ({
      ...{ prompt_version, users, sessions, messages, carts, rated },
    })),
  })
  expect
    .soft(rounded(await json('campaigns')), `${place.message}, report campaigns`)
    .toMatchObject({ campaigns: expected.campaigns.map(row => rounded(row)) })
}

/** `npm run report -- all --html FILE`. */
export async function pageAgrees(place: Place, name: string): Promise<void> {
  const { expected, period, cohorts, run, margins, dir } = place
  const file = await run(`all --period ${name} --until ${period.to} --html ${join(dir, 'report.html')}`)
  const page = readPage(readFileSync(file, 'utf8'))
  const shows = (where: string, actual: string[][], wanted: string[][]) =>
    same(place, `page ${where}`, actual, written.spaced(wanted))

  shows('summary', page.cards, written.summaryTexts(expected.summary))
  const [funnel = []] = page.tables('funnel')
  shows(
    'funnel',
    funnel.map(cells => cells.slice(0, 4)),
    written.funnelTexts(expected.funnel, ''),
  )
  const [searched = [], missing = []] = page.tables('searches')
  const searches = written.searchTexts(expected.searches, 20)
  // an empty table is a sentence
  if (searches.frequent.length > 0) shows('searches', searched, searches.frequent)
  if (searches.missing.length > 0) shows('missing', missing, searches.missing)
  // those that only the period before had follow with zeros
  const sources = (page.tables('sources')[0] ?? []).slice(0, expected.sources.length)
  shows('sources', sources, written.sourceTexts(expected.sources))
  shows('campaigns', page.tables('campaigns')[0] ?? [], written.campaignTexts(expected.campaigns, margins))
  shows('money', page.tables('money')[0] ?? [], written.moneyTexts(expected.money.rows))
  shows('retention', page.tables('retention')[0] ?? [], written.retentionTexts(expected.retention))
  shows('cohorts', page.tables('cohorts')[0] ?? [], written.cohortTexts(cohorts))
  expect.soft(page.tables('survey')[0]?.[0], place.message).toEqual(['Ответов', count(expected.survey.answers)])
}
