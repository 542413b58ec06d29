import { expect } from 'vitest'
import { readCampaignsReport } from '../../../src/analytics/campaigns-report.ts'
import { readChurn } from '../../../src/analytics/churn-report.ts'
import { demoAssumptions } from '../../../src/analytics/demo/expected-money.ts'
import { readMoney } from '../../../src/analytics/money.ts'
import { count } from '../../../src/analytics/show.ts'
import { createAdminReports } from '../../../src/telegram/admin/admin-reports.ts'
import { campaignsBlock } from '../../../src/telegram/campaigns/campaigns-block.ts'
import { churnBlock } from '../../../src/telegram/churn/churn-block.ts'
import type { Html } from '../../../src/telegram/html.ts'
import { moneyBlock } from '../../../src/telegram/money/money-block.ts'
import { errorsBlock } from '../../../src/telegram/operations/errors-block.ts'
import { readErrors } from '../../../src/telegram/operations/read-errors.ts'
import { type Place, same } from './place.ts'
import { blockLines, linesOf } from './shown-text.ts'
import * as written from './written.ts'
import { errorLines } from './written-errors.ts'

/** Answers of the commands of admins. */
export async function chatAgrees(place: Place, today: string): Promise<void> {
  const { expected, period, analytics, margins, timeZone } = place
  const unused = async (): Promise<never> => Promise.reject(new Error('no picture is drawn'))
  const reports = createAdminReports({
    analytics,
    charts: {
      daily: unused,
      funnel: unused,
      cohorts: unused,
      request: unused,
      link: unused,
      close: async () => undefined,
    },
    orderShare: 0.3,
    hasDemoHistory: false,
    numberFormat: 'russian',
    funnelWindowDays: 7,
  })
  const days = `${period.from.split('-').reverse().join('.')}-${period.to.split('-').reverse().join('.')}`
  const ask = async (name: keyof typeof reports, args = days): Promise<Html> => (await reports[name](args)).text
  const lines = (texts: written.Texts) => written.spaced(texts).map(([label, ...rest]) => `${label}: ${rest.join(' ')}`)
  const shows = (where: string, actual: string[], wanted: string[]) =>
    same(place, `chat ${where}`, actual, written.spaced([wanted])[0])

  const { users, carts, costs, errors } = written.summaryGroups(expected.summary)
  const steps = written.transitionTexts(expected.funnel)
  const groups = { Пользователи: users, Корзины: carts, Воронка: steps, Расходы: costs }
  const blocks = Object.entries(groups).flatMap(([name, texts]) => [`${name}:`, ...lines(texts)])
  shows('analytics', blockLines(await ask('analytics')), [...blocks, ...lines(errors)])
  shows('funnel', blockLines(await ask('funnel')), [
    'Шаг Людей от пред от /start',
    ...written.funnelTexts(expected.funnel, '—').map(cells => cells.join(' ')),
    ...lines(written.windowTexts(expected.funnel, expected.funnel_window)),
  ])
  for (const { source, stages } of expected.funnel_by_source)
    shows(
      `funnel ${source}`,
      blockLines(await ask('funnel', `${days} ${source}`)).slice(1, 7),
      written.funnelTexts({ stages }, '—').map(cells => cells.join(' ')),
    )
  const sources = blockLines(await ask('sources'))
  // those that only the period before had follow with zeros
  shows('sources', sources.slice(0, expected.sources.length * 8), written.sourceLines(expected.sources))
  const [, ...cohorts] = blockLines(await ask('cohorts', '12'))
  shows('cohorts', cohorts, written.cohortLines(place.cohorts, today))
  const searches = written.searchTexts(expected.searches, 10)
  const numbered = linesOf(await ask('searches')).filter(line => /^\d+\. /.test(line))
  shows(
    'searches',
    numbered.map(line => line.replace(/ человека?$/, '')),
    [
      ...searches.frequent.map(([query, n, of], i) => `${i + 1}. ${query}: ${n}, ${of}`),
      ...searches.missing.map(([query, n, of], i) => `${i + 1}. ${query}: ${n} из ${of}`),
    ],
  )
  const survey = blockLines(await ask('survey'))
  expect.soft(survey[0], `${place.message}, chat survey`).toBe(`Ответов: ${count(expected.survey.answers)}`)
  const churn = blockLines(churnBlock(await readChurn(analytics, period), today))
  shows('churn', churn, written.churnLines(written.churnTotals(expected)))
  const report = await readErrors({ analytics, metrics: { sum: async () => 0, by: async () => ({}) } }, period)
  const failures = linesOf(errorsBlock({ ...report, last: [] }, today, new Date(0), new Date(0), timeZone))
  shows(
    'errors',
    failures.filter(line => /^(Без ответа|Ни одной)| у \d/.test(line)).map(line => line.replace(/ ·.*$/, '')),
    errorLines(expected.errors, expected.summary),
  )
  const sizes = linesOf(await ask('experiment')).filter(line => /^\d+ человек/.test(line))
  shows(
    'experiment',
    sizes.map(line => line.replaceAll(/[^\d,]/g, '')),
    expected.prompts.map(({ users: n, sessions, carts: made, rated }) => [n, sessions, made, rated].join()),
  )
  const campaigns = await readCampaignsReport(analytics, period, demoAssumptions)
  shows(
    'campaigns',
    blockLines(campaignsBlock(campaigns, slug => slug, today)),
    written.campaignLines(expected.campaigns, margins),
  )
  const caps = { softRub: undefined, hardRub: undefined }
  const money = moneyBlock(await readMoney(analytics, period, demoAssumptions, caps), caps, today)
  const [all] = expected.money.rows
  shows('money', blockLines(money), all === undefined ? [] : written.moneyLines(all))
}
