import type { CampaignsReport } from '../analytics/campaigns-report.ts'
import { funnelShares, stageLabels, summaryNumbers } from '../analytics/dictionary.ts'
import type { CohortRow, Funnel, RetentionRow, SourceRow, Summary } from '../analytics/numbers.ts'
import { lengthOf, type Period } from '../analytics/period.ts'
import { count, percent, ratio, rub } from '../analytics/show.ts'

/** The reports as tables for the terminal. */

export function summaryTable(summary: Summary, funnel: Funnel): string {
  const groups = [...new Set(summaryNumbers.map(number => number.group))]
  const sections = groups.map(group => ({
    group: group as string,
    rows: summaryNumbers.filter(number => number.group === group).map(({ label, show }) => [label, show(summary)]),
  }))
  sections.splice(2, 0, { group: 'Воронка', rows: steps(funnel) })
  const width = Math.max(...sections.flatMap(({ rows }) => rows.map(([label = '']) => label.length)))
  const body = sections.map(({ group, rows }) =>
    [group, ...rows.map(([label = '', value]) => `  ${label.padEnd(width)}  ${value}`)].join('\n'),
  )
  return [title('Аналитика', summary), ...body].join('\n\n')
}

const steps = (funnel: Funnel): string[][] =>
  funnelShares(funnel)
    .slice(1)
    .map(({ stage, ofPrevious }, i) => [
      `${stageLabels[funnel.stages[i]?.stage ?? 'start']} → ${stageLabels[stage]}`,
      percent(ofPrevious),
    ])

export const funnelTable = (funnel: Funnel): string =>
  [
    title(funnel.source === null ? 'Воронка' : `Воронка, источник ${funnel.source}`, funnel),
    '',
    ...columns(
      ['Шаг', 'Людей', 'От предыдущего', 'От первого'],
      funnelShares(funnel).map(({ stage, users, ofPrevious, ofFirst }, i) => [
        stageLabels[stage],
        count(users),
        i === 0 ? '' : percent(ofPrevious),
        percent(ofFirst),
      ]),
    ),
  ].join('\n')

export const retentionTable = (period: Period, rows: readonly RetentionRow[]): string =>
  [
    title('Возвращение новых людей', period),
    '',
    ...columns(
      ['День', 'Новых', 'D1', 'D7'],
      rows.map(({ day, cohort, d1, d7 }) => [day, count(cohort), returned(d1, cohort), returned(d7, cohort)]),
    ),
  ].join('\n')

const returned = (n: number | null, cohort: number): string => percent(n === null ? null : ratio(n, cohort))

export const sourcesTable = (period: Period, rows: readonly SourceRow[]): string =>
  [
    title('Источники', period),
    '',
    ...columns(
      ['Источник', 'Людей', 'Новых', 'С корзиной', 'С первой', 'Корзин', 'GMV (оценка)', 'LLM'],
      rows.map(row => [
        row.source,
        count(row.users),
        count(row.new_users),
        count(row.with_cart),
        count(row.first_carts),
        count(row.carts),
        rub(row.gmv),
        rub(row.cost_rub),
      ]),
    ),
  ].join('\n')

/** Slugs that can be claimed stand below. */
export const campaignsTable = ({ period, campaigns, unclaimed }: CampaignsReport): string =>
  [
    title('Ссылки', period),
    '',
    ...columns(
      [
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
      campaigns.map(row => [
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
    ),
    ...(unclaimed.length === 0 ? [] : ['', 'Неизвестные ссылки (/admin_link НАЗВАНИЕ = ссылка):']),
    ...columns(
      ['', 'Людей', 'Запусков'],
      unclaimed.map(({ slug, users, starts }) => [slug, count(users), count(starts)]),
    ).slice(unclaimed.length === 0 ? 1 : 0),
  ].join('\n')

export const cohortTable = (period: Period, rows: readonly CohortRow[]): string =>
  [
    title('Когорты по неделям', period),
    '',
    ...columns(
      ['Неделя', 'Новых', ...(rows[0]?.active ?? []).map((_, k) => `нед. ${k}`)],
      rows.map(({ week, size, active }) => [week, count(size), ...active.map(n => percent(ratio(n, size)))]),
    ),
  ].join('\n')

export const title = (name: string, period: Period): string => {
  const days = lengthOf(period)
  return `${name}: ${days === 1 ? period.to : `${period.from} – ${period.to}, дней: ${days}`}`
}

/** Lines of a table: the first column to the left, the others to the right. */
export function columns(head: string[], rows: string[][]): string[] {
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map(row => row[i]?.length ?? 0)))
  return [head, ...rows].map(row =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
