import type { CampaignsReport } from '../analytics/campaigns-report.ts'
import { countChange, shareChange, showChange, showShortChange } from '../analytics/change.ts'
import type { ChurnReport } from '../analytics/churn-report.ts'
import type { ComparedAnswer } from '../analytics/compare.ts'
import { comparedSources, sourceColumns } from '../analytics/compared-sources.ts'
import { funnelShares, stageLabels, summaryNumbers } from '../analytics/dictionary.ts'
import type { CohortRow, Funnel, RetentionRow, SourceRow, Summary } from '../analytics/numbers.ts'
import { lengthOf, type Period } from '../analytics/period.ts'
import { count, percent, ratio, rub } from '../analytics/show.ts'

/** The reports as tables for the terminal. */

interface Headline {
  summary: Summary
  funnel: Funnel
}

export function summaryTable({ summary, funnel }: Headline, answer: ComparedAnswer<Headline>): string {
  const compared = typeof answer === 'string' ? null : answer
  const groups = [...new Set(summaryNumbers.map(number => number.group))]
  const sections = groups.map(group => ({
    group: group as string,
    rows: summaryNumbers
      .filter(number => number.group === group)
      .map(({ label, show, change }) => [
        label,
        show(summary),
        compared === null ? '' : showChange(change(compared.now.summary, compared.before.summary)),
      ]),
  }))
  sections.splice(2, 0, {
    group: 'Воронка',
    rows: steps(funnel, compared && { now: compared.now.funnel, before: compared.before.funnel }),
  })
  const width = (column: number) =>
    Math.max(...sections.flatMap(({ rows }) => rows.map(row => row[column]?.length ?? 0)))
  const [labels, values] = [width(0), width(1)]
  const body = sections.map(({ group, rows }) =>
    [
      group,
      ...rows.map(([label = '', value = '', change = '']) =>
        `  ${label.padEnd(labels)}  ${value.padEnd(values)}  ${change}`.trimEnd(),
      ),
    ].join('\n'),
  )
  return [title('Аналитика', summary), ...body, ...legend(answer)].join('\n\n')
}

interface TwoFunnels {
  now: Funnel
  before: Funnel
}

const steps = (funnel: Funnel, compared: TwoFunnels | null): string[][] =>
  funnelShares(funnel)
    .slice(1)
    .map(({ stage, ofPrevious }, i) => [
      `${stageLabels[funnel.stages[i]?.stage ?? 'start']} → ${stageLabels[stage]}`,
      percent(ofPrevious),
      compared === null ? '' : showChange(shareChange(stepOf(compared.now, i + 1), stepOf(compared.before, i + 1))),
    ])

/** Users of a step, of those of the step before. */
const stepOf = ({ stages }: Funnel, i: number) => ({ n: stages[i]?.users ?? 0, of: stages[i - 1]?.users ?? 0 })

export const funnelTable = (funnel: Funnel, answer: ComparedAnswer<Funnel>): string =>
  [
    title(funnel.source === null ? 'Воронка' : `Воронка, источник ${funnel.source}`, funnel),
    '',
    ...columns(funnelCells(funnel, answer)),
    '',
    ...funnelNotes(funnel, answer),
  ].join('\n')

export const funnelNotes = (funnel: Funnel, answer: ComparedAnswer<Funnel>): string[] => [
  `Окно ещё идёт: ${count(funnel.open)}`,
  ...legend(answer),
]

export function funnelCells(funnel: Funnel, answer: ComparedAnswer<Funnel>): Cells {
  const compared = typeof answer === 'string' ? null : answer
  const changes = (i: number) =>
    compared === null
      ? []
      : [
          showChange(countChange(compared.now.stages[i]?.users ?? 0, compared.before.stages[i]?.users ?? 0)),
          i === 0 ? '' : showChange(shareChange(stepOf(compared.now, i), stepOf(compared.before, i))),
        ]
  return {
    head: [
      'Шаг',
      'Людей',
      'От предыдущего',
      'От первого',
      ...(compared === null ? [] : ['Людей: изменение', 'От предыдущего: изменение']),
    ],
    rows: funnelShares(funnel).map(({ stage, users, ofPrevious, ofFirst }, i) => [
      stageLabels[stage],
      count(users),
      i === 0 ? '' : percent(ofPrevious),
      percent(ofFirst),
      ...changes(i),
    ]),
  }
}

/** Which days the changes are calculated from, or why there are none. */
export function legend(answer: ComparedAnswer<unknown>): string[] {
  if (answer === 'running') return ['День ещё идёт: сравнить его можно будет завтра.']
  if (answer === 'nothing before')
    return ['Сравнить не с чем: до этого периода событий ещё не было или они уже удалены.']
  const { now, before } = answer.periods
  return [
    `▲ ▼ – ${now.from} – ${now.to} против ${before.from} – ${before.to}, только законченные дни; ≈ – в пределах шума.`,
  ]
}

export const retentionTable = (period: Period, rows: readonly RetentionRow[]): string =>
  [title('Возвращение новых людей', period), '', ...columns(retentionCells(rows))].join('\n')

export const retentionCells = (rows: readonly RetentionRow[]): Cells => ({
  head: ['День', 'Новых', 'D1', 'D7'],
  rows: rows.map(({ day, cohort, d1, d7 }) => [day, count(cohort), returned(d1, cohort), returned(d7, cohort)]),
})

const returned = (n: number | null, cohort: number): string => percent(n === null ? null : ratio(n, cohort))

export const sourcesTable = (period: Period, rows: readonly SourceRow[], answer: ComparedAnswer<SourceRow[]>): string =>
  [title('Источники', period), '', ...columns(sourcesCells(rows, answer)), '', ...legend(answer)].join('\n')

export const sourcesCells = (rows: readonly SourceRow[], answer: ComparedAnswer<SourceRow[]>): Cells => ({
  head: ['Источник', ...sourceColumns.map(({ label }) => label)],
  rows: comparedSources(rows, answer).map(({ row, changes }) => [
    row.source,
    ...sourceColumns.map(({ show }, i) => {
      const change = changes?.[i]
      return change === undefined || change.kind === 'none' ? show(row) : `${show(row)} ${showShortChange(change)}`
    }),
  ]),
})

/** Slugs that can be claimed stand below. */
export const campaignsTable = ({ period, campaigns, unclaimed }: CampaignsReport): string =>
  [
    title('Ссылки', period),
    '',
    ...columns(campaignsCells(campaigns)),
    ...(unclaimed.length === 0 ? [] : ['', 'Неизвестные ссылки (/admin_link НАЗВАНИЕ = ссылка):']),
    ...columns({
      head: ['', 'Людей', 'Запусков'],
      rows: unclaimed.map(({ slug, users, starts }) => [slug, count(users), count(starts)]),
    }).slice(unclaimed.length === 0 ? 1 : 0),
  ].join('\n')

export const campaignsCells = (campaigns: CampaignsReport['campaigns']): Cells => ({
  head: [
    'Ссылка',
    'Запусков',
    'Новых',
    'С первой',
    'GMV (оценка)',
    'LLM',
    'Стоимость',
    'Цена первой',
    'GMV на 1 ₽',
    'Окупилось',
  ],
  rows: campaigns.map(row => [
    row.campaign,
    count(row.starts),
    count(row.new_users),
    count(row.first_carts),
    rub(row.gmv),
    rub(row.cost_rub),
    rub(row.price_rub),
    rub(row.price_per_first_cart),
    rub(row.gmv_per_rub),
    percent(row.payback),
  ]),
})
/** By source, then by the furthest step, then by day. */
export const churnTable = (report: ChurnReport): string =>
  [title('Заблокировали бота', report), '', ...columns(churnCells(report))].join('\n')

const churnCells = (report: ChurnReport): Cells => ({
  head: ['', 'Заблокировали', 'Вернулись'],
  rows: [
    ['всего', report] as const,
    ...report.by_source.map(row => [row.source, row] as const),
    ...report.by_step.map(row => [`после: ${row.step}`, row] as const),
    ...report.by_day.map(row => [row.day, row] as const),
  ].map(([name, { blocks, unblocks }]) => [name, count(blocks), count(unblocks)]),
})

export const cohortTable = (period: Period, rows: readonly CohortRow[]): string =>
  [title('Когорты по неделям', period), '', ...columns(cohortCells(rows))].join('\n')

export const cohortCells = (rows: readonly CohortRow[]): Cells => ({
  head: ['Неделя', 'Новых', ...(rows[0]?.active ?? []).map((_, k) => `нед. ${k}`)],
  rows: rows.map(({ week, size, active }) => [week, count(size), ...active.map(n => percent(ratio(n, size)))]),
})

export const title = (name: string, period: Period): string => {
  const days = lengthOf(period)
  return `${name}: ${days === 1 ? period.to : `${period.from} – ${period.to}, дней: ${days}`}`
}

/** A table: names of its columns, then its rows. */
export interface Cells {
  head: string[]
  rows: string[][]
}

/** Lines of a table: the first column to the left, the others to the right. */
export function columns({ head, rows }: Cells): string[] {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map(row => row[i]?.length ?? 0)))
  return [head, ...rows].map(row =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
