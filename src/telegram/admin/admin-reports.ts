import type { DailyFrame } from '../../analytics/charts/daily-chart.ts'
import { type ComparedAnswer, readCompared } from '../../analytics/compare.ts'
import { summaryNumbers } from '../../analytics/dictionary.ts'
import type { Funnel, Summary } from '../../analytics/numbers.ts'
import { addDays, type Period } from '../../analytics/period.ts'
import type { Html } from '../html.ts'
import type { AdminDeps } from './admin-deps.ts'
import { analyticsBlock, planBlock } from './analytics-block.ts'
import { cohortsBlock, pitchBlock, searchesBlock, surveyBlock } from './blocks.ts'
import { comparedOf } from './change-lines.ts'
import { experimentBlock } from './experiment-block.ts'
import { funnelBlock, funnelTitle, type StepChanges, stepChanges } from './funnel-block.ts'
import { periodTitle } from './period-title.ts'
import { readPeriod, readPeriodAndSource, readWeeks } from './read-arguments.ts'
import { type AdminReport, periodButtons } from './report-buttons.ts'
import { sourcesBlock } from './sources-block.ts'
import { texts } from './texts.ts'

type Deps = Pick<
  AdminDeps,
  'analytics' | 'charts' | 'orderShare' | 'hasDemoHistory' | 'numberFormat' | 'funnelWindowDays'
>

const longestPicture = 366

export type ReportName = 'analytics' | 'funnel' | 'cohorts' | 'sources' | 'searches' | 'pitch' | 'survey' | 'experiment'

const weekButtons = [4, 8, 12].map(weeks => ({ label: texts.buttons.weeks(weeks), args: String(weeks) }))

/** What each command answers to its arguments. */
export function createAdminReports(deps: Deps): Record<ReportName, AdminReport> {
  const { analytics, charts, orderShare, hasDemoHistory, numberFormat, funnelWindowDays } = deps
  const framed = (title: string) => ({ title, today: analytics.today() })
  const caption = (text: string) => (hasDemoHistory ? `${text}. ${texts.chart.demo}` : text)
  const withPeriod =
    (name: ReportName, answer: (period: Period, today: string) => Promise<Html>, byDefault?: string): AdminReport =>
    async args => {
      const today = analytics.today()
      const period = readPeriod(args, today, byDefault)
      if (period === null) return { text: texts.badPeriod(`admin_${name}`) }
      return { text: await answer(period, today), buttons: periodButtons() }
    }
  const headline = async (period: Period) => {
    const [summary, funnel] = await Promise.all([analytics.summary(period), analytics.funnel(period)])
    return { summary, funnel }
  }

  return {
    analytics: async args => {
      const today = analytics.today()
      const period = readPeriod(args, today, 'today')
      if (period === null) return { text: texts.badPeriod('admin_analytics') }
      const isPlan = numberFormat === 'plan'
      const [numbers, days, compared] = await Promise.all([
        headline(period),
        analytics.daily(period),
        isPlan ? ('nothing before' as const) : readCompared(analytics, period, headline),
      ])
      // a picture of years would show nothing: the last one, under its own name
      const shown = days.slice(-longestPicture)
      const frame = framed(`Аналитика ${periodTitle({ ...period, from: shown[0]?.date ?? period.from }, today)}`)
      const changes = shown.length < days.length ? {} : pictureChanges(compared)
      return {
        text: isPlan ? planBlock(numbers, today) : analyticsBlock(numbers, compared, today),
        picture: { caption: caption(texts.chart.daily), draw: () => charts.daily(shown, { ...frame, changes }) },
        buttons: periodButtons(),
      }
    },
    funnel: async args => {
      const today = analytics.today()
      const { period, source } = readPeriodAndSource(args, today)
      if (source === undefined) return { text: texts.badSource }
      if (period === null) return { text: texts.badPeriod('admin_funnel') }
      const read = (each: Period) => analytics.funnel(each, source)
      const readWindow = (each: Period) => analytics.funnelWindow(each, source)
      const [funnel, compared, window, comparedWindow] = await Promise.all([
        read(period),
        readCompared(analytics, period, read),
        readWindow(period),
        readCompared(analytics, period, readWindow, addDays(today, 1 - funnelWindowDays)),
      ])
      return {
        text: funnelBlock(funnel, compared, window, comparedWindow, today),
        picture: {
          caption: caption(texts.chart.funnel),
          draw: () =>
            charts.funnel(funnel, { ...framed(funnelTitle(funnel, today)), changes: changesOfSteps(compared) }),
        },
        buttons: periodButtons(source === null ? '' : ` ${source}`),
      }
    },
    cohorts: async args => {
      const today = analytics.today()
      const period = readWeeks(args, today)
      if (period === null) return { text: texts.badWeeks }
      const rows = await analytics.cohorts(period)
      return {
        text: cohortsBlock(rows, today),
        picture: {
          caption: caption(texts.chart.cohorts),
          draw: () => charts.cohorts(rows, framed(`Когорты ${periodTitle(period, today)}`)),
        },
        buttons: weekButtons,
      }
    },
    sources: withPeriod('sources', async (period, today) =>
      sourcesBlock(
        period,
        await analytics.sources(period),
        await readCompared(analytics, period, analytics.sources),
        today,
      ),
    ),
    searches: withPeriod('searches', async (period, today) => searchesBlock(await analytics.searches(period), today)),
    pitch: withPeriod('pitch', async (period, today) => pitchBlock(await analytics.pitch(period, orderShare), today)),
    experiment: withPeriod(
      'experiment',
      async (period, today) => experimentBlock(await analytics.experiment(period), today),
      'month',
    ),
    survey: async () => ({ text: surveyBlock(await analytics.survey(await analytics.everything())) }),
  }
}

/** The changes of the totals that the picture of days shows, as the text has them. */
function pictureChanges(answer: ComparedAnswer<{ summary: Summary }>): NonNullable<DailyFrame['changes']> {
  const compared = comparedOf(answer)
  const changeOf = (key: string) =>
    compared === null
      ? undefined
      : summaryNumbers.find(number => number.key === key)?.change(compared.now.summary, compared.before.summary)
  return { dau: changeOf('dau_avg'), carts: changeOf('carts'), gmv: changeOf('gmv') }
}

function changesOfSteps(answer: ComparedAnswer<Funnel>): StepChanges[] {
  const compared = comparedOf(answer)
  return compared === null ? [] : stepChanges(compared.now, compared.before)
}
