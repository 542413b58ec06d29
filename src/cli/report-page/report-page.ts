import type { Analytics } from '../../analytics/analytics.ts'
import { readCampaignsReport } from '../../analytics/campaigns-report.ts'
import { showChange } from '../../analytics/change.ts'
import { cohortsChart } from '../../analytics/charts/cohorts-chart.ts'
import { dailyChart } from '../../analytics/charts/daily-chart.ts'
import { funnelChart } from '../../analytics/charts/funnel-chart.ts'
import { readCompared } from '../../analytics/compare.ts'
import { summaryNumbers } from '../../analytics/dictionary.ts'
import type { MoneyAssumptions } from '../../analytics/numbers.ts'
import { lastWeeks, type Period } from '../../analytics/period.ts'
import { count, dataOf, none, percent } from '../../analytics/show.ts'
import { moneyCells, moneyNotes } from '../money-table.ts'
import {
  type Cells,
  campaignsCells,
  cohortCells,
  funnelCells,
  funnelNotes,
  legend,
  retentionCells,
  sourcesCells,
  title,
} from '../report-tables.ts'
import { type Markup, markup, notes, table, trusted } from './markup.ts'
import { style } from './style.ts'
import { meanings, texts } from './texts.ts'

export interface ReportPageDeps {
  analytics: Analytics
  period: Period
  assumptions: MoneyAssumptions
  /** When the page is made, as its readers write it. */
  madeAt: string
  timeZone: string
}

type SectionName = keyof typeof texts.sections

/** All numbers of the period with their changes, meanings and charts, as one HTML document that loads nothing. */
export async function reportPage(deps: ReportPageDeps): Promise<string> {
  const { answer: sections, asOf } = await deps.analytics.timed(async () => {
    const read: [SectionName, Markup][] = []
    for (const name of names) read.push([name, await contents[name](deps)])
    return read
  })
  const madeAt = asOf === null ? deps.madeAt : `${deps.madeAt}. ${dataOf(asOf, deps.timeZone)}`
  return page({ ...deps, madeAt }, sections).html
}

const page = (
  { period, madeAt }: ReportPageDeps,
  sections: readonly [SectionName, Markup][],
): Markup => markup`<!doctype html>
<html lang="ru">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title(texts.title, period)}</title>
<style>${trusted(style)}</style>
</head>
<body>
<header>
<h1>${texts.title}</h1>
<p class="quiet">${title('Период', period)}. ${texts.made(madeAt)}</p>
<nav>${sections.map(([name]) => markup`<a href="#${name}">${texts.sections[name]}</a>`)}</nav>
</header>
<main>
${sections.map(([name, content]) => markup`<section id="${name}"><h2>${texts.sections[name]}</h2>${meaningOf(name)}${content}</section>`)}
</main>
</body>
</html>
`

const meaningOf = (name: SectionName): Markup => {
  const meaning: string | undefined = { ...texts.meanings, summary: undefined, money: undefined }[name]
  return meaning === undefined ? trusted('') : notes([meaning])
}
const figure = (svg: string): Markup => markup`<figure>${trusted(svg)}</figure>`

const contents: Record<SectionName, (deps: ReportPageDeps) => Promise<Markup>> = {
  summary: async ({ analytics, period }) => {
    const [summary, answer] = await Promise.all([
      analytics.summary(period),
      readCompared(analytics, period, analytics.summary),
    ])
    const compared = typeof answer === 'string' ? null : answer
    const numbers = summaryNumbers.map(({ key, label, show, change }) => {
      const difference = compared && change(compared.now, compared.before)
      const changed = difference && markup`<span class="change ${difference.kind}">${showChange(difference)}</span>`
      return markup`<div class="number"><span>${label}</span><b>${show(summary)}</b>${changed ?? trusted('')}<p class="quiet">${meanings[key] ?? ''}</p></div>`
    })
    return markup`${notes(legend(answer))}<div class="numbers">${numbers}</div>`
  },
  daily: async ({ analytics, period }) =>
    figure(dailyChart(await analytics.daily(period), { title: texts.sections.daily, today: analytics.today() })),
  funnel: async ({ analytics, period }) => {
    const [funnel, answer] = await Promise.all([
      analytics.funnel(period),
      readCompared(analytics, period, each => analytics.funnel(each)),
    ])
    const chart = funnelChart(funnel, { title: texts.sections.funnel, today: analytics.today() })
    return markup`${figure(chart)}${table(funnelCells(funnel, answer))}${notes(funnelNotes(funnel, answer))}`
  },
  sources: async ({ analytics, period }) => {
    const [rows, answer] = await Promise.all([
      analytics.sources(period),
      readCompared(analytics, period, analytics.sources),
    ])
    return markup`${table(sourcesCells(rows, answer))}${notes(legend(answer))}`
  },
  campaigns: async ({ analytics, period, assumptions }) =>
    table(campaignsCells((await readCampaignsReport(analytics, period, assumptions)).campaigns)),
  money: async ({ analytics, period, assumptions }) => {
    const economics = await analytics.unitEconomics(period, assumptions)
    return markup`${table(moneyCells(economics.rows))}${notes(moneyNotes(economics))}`
  },
  retention: async ({ analytics, period }) => table(retentionCells(await analytics.retention(period))),
  cohorts: async ({ analytics, period }) => {
    const rows = await analytics.cohorts(lastWeeks(12, period.to))
    const chart = cohortsChart(rows, { title: texts.sections.cohorts, today: analytics.today() })
    return markup`${figure(chart)}${table(cohortCells(rows))}`
  },
  searches: async ({ analytics, period }) => {
    const { frequent, missing } = await analytics.searches(period, 20)
    const asked: Cells = {
      head: [...texts.frequent.head],
      rows: frequent.map(row => [row.query, count(row.searches), count(row.users)]),
    }
    const empty: Cells = {
      head: [...texts.missing.head],
      rows: missing.map(row => [row.query, count(row.empty), count(row.searches)]),
    }
    return markup`${table(asked)}${table(empty)}`
  },
  survey: async ({ analytics, period }) => {
    const { answers, score } = await analytics.survey(period, 0)
    const interval = score && `${percent(score.share)} (95 %: ${percent(score.low)} – ${percent(score.high)})`
    return table({
      head: ['', ''],
      rows: [
        [texts.answers, count(answers)],
        [texts.pmf, interval ?? (answers === 0 ? texts.noAnswers : none)],
      ],
    })
  },
}

const names = Object.keys(texts.sections).filter((name): name is SectionName => Object.hasOwn(contents, name))
