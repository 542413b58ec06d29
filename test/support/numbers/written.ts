import type { ExpectedNumbers } from '../../../src/analytics/demo/expected.ts'
import {
  type CampaignRow,
  type CohortRow,
  type Funnel,
  type FunnelWindow,
  funnelStages,
  type RetentionRow,
  type Returned,
  type SearchRow,
  type SourceRow,
  type Summary,
  type UnitEconomicsRow,
} from '../../../src/analytics/numbers.ts'

import { addDays } from '../../../src/analytics/period.ts'
import { count, mean, percent, ratio, rub, short } from '../../../src/analytics/show.ts'

/** Expected values as the places that show them must write them: rows of a label and its texts. */
export type Texts = string[][]

/** One kind of space: which one is a matter of the place. */
export const spaced = (texts: Texts): Texts => texts.map(row => row.map(text => text.replaceAll(/\s/g, ' ')))

const returned = ({ returned: n, cohort }: Returned): string =>
  cohort === 0 ? '—' : `${percent(n / cohort)} (n=${count(cohort)})`

/** The numbers of a period by their groups in the chat. */
export const summaryGroups = (s: Summary): Record<'users' | 'carts' | 'costs' | 'errors', Texts> => ({
  users: [
    ['Новых', count(s.new_users)],
    ['DAU (средний)', mean(s.dau_avg)],
    ['Активных', count(s.active_users)],
    ['Retention D1', returned(s.retention_d1)],
    ['Retention D7', returned(s.retention_d7)],
  ],
  carts: [
    ['Создано', count(s.carts)],
    ['Средний чек', rub(s.avg_cart)],
    ['GMV (оценка)', rub(s.gmv)],
    ['Ср. корзин/юзер', mean(s.carts_per_user)],
  ],
  costs: [
    ['Токенов', short(s.tokens)],
    ['Стоимость API', rub(s.cost_rub)],
    ['На пользователя', rub(s.cost_per_user)],
  ],
  errors: [['Ошибки', `${count(s.errors)} (${percent(s.error_share)} запросов)`]],
})

export const summaryTexts = (s: Summary): Texts => Object.values(summaryGroups(s)).flat()

const stepNames = ['/start', 'сообщение', 'поиск', 'корзина', 'лимит', 'survey']
const usersAt = ({ stages }: Pick<Funnel, 'stages'>, i: number): number => stages[i]?.users ?? 0

/** Step, users, share of the step before (`first` where there is none), share of the first. */
export const funnelTexts = (funnel: Pick<Funnel, 'stages'>, first: string): Texts =>
  stepNames.map((name, i) => [
    name,
    count(usersAt(funnel, i)),
    i === 0 ? first : percent(ratio(usersAt(funnel, i), usersAt(funnel, i - 1))),
    percent(ratio(usersAt(funnel, i), usersAt(funnel, 0))),
  ])

/** «Поиск → корзина» with the share of those who went on. */
export const transitionTexts = (funnel: Pick<Funnel, 'stages'>): Texts =>
  stepNames.slice(1).map((name, i) => {
    const from = stepNames[i] ?? ''
    const share = percent(ratio(usersAt(funnel, i + 1), usersAt(funnel, i)))
    return [`${from.charAt(0).toUpperCase()}${from.slice(1)} → ${name}`, share]
  })

/** The users whose conversion window still runs, and of the others those with a cart. */
export const windowTexts = (funnel: Pick<Funnel, 'stages' | 'open'>, window: FunnelWindow): Texts => {
  const closed = usersAt(window, 0)
  return [
    ['Окно', '7 дней после /start'],
    ['Ещё идёт', `${count(funnel.open)} из ${count(usersAt(funnel, 0))}`],
    ...(closed === 0
      ? []
      : [
          ['Закончилось', count(closed)],
          ['Из них с корзиной', `${count(usersAt(window, 3))} (${percent(usersAt(window, 3) / closed)})`],
        ]),
  ]
}

export const sourceTexts = (rows: readonly SourceRow[]): Texts =>
  rows.map(row => [
    row.source,
    count(row.users),
    count(row.new_users),
    `${count(row.with_cart)} (${percent(ratio(row.with_cart, row.users))})`,
    count(row.first_carts),
    count(row.carts),
    rub(row.gmv),
    rub(row.cost_rub),
  ])

const sourceNames = { habr: 'Хабр', vc: 'vc.ru', telegram: 'Telegram', referral: 'Друзья', organic: 'Сами нашли' }

/** A source in the chat: its name, then a line a number. */
export const sourceLines = (rows: readonly SourceRow[]): string[] =>
  rows.flatMap(row => [
    `${sourceNames[row.source]} (${row.source}):`,
    `Людей: ${count(row.users)}`,
    `Новых: ${count(row.new_users)}`,
    `С корзиной: ${count(row.with_cart)} (${percent(ratio(row.with_cart, row.users))})`,
    `Первая корзина: ${count(row.first_carts)}`,
    `Корзин: ${count(row.carts)}`,
    `GMV (оценка): ${rub(row.gmv)}`,
    `Модель: ${rub(row.cost_rub)}`,
  ])

/** What a link cost against what it brought; `margins` are those of all its days. */
const campaignMoney = (row: CampaignRow, margins: ReadonlyMap<string, number | null>): string[] => {
  const { price_rub: price, total_first_carts: first, total_gmv: gmv, total_cost_rub: cost } = row
  const margin = margins.get(row.campaign) ?? null
  if (price === null) return ['—', '—', '—', '—']
  return [
    rub(price),
    rub(ratio(price, first)),
    rub(ratio(gmv, price + cost)),
    percent(margin === null ? null : ratio(margin, price)),
  ]
}

export const campaignTexts = (rows: readonly CampaignRow[], margins: ReadonlyMap<string, number | null>): Texts =>
  rows.map(row => [
    row.campaign,
    ...[row.starts, row.new_users, row.first_carts].map(count),
    rub(row.gmv),
    rub(row.cost_rub),
    ...campaignMoney(row, margins),
  ])

const campaignLabels = [
  'Запусков',
  'Новых людей',
  'Первых корзин',
  'GMV (оценка)',
  'Модель',
  'Стоимость',
  'Цена первой',
  'GMV на 1 ₽',
  'Окупилось',
]

/** The links of the chat: without idle ones, and without what a link without a price cannot say. */
export const campaignLines = (rows: readonly CampaignRow[], margins: ReadonlyMap<string, number | null>): string[] =>
  rows
    .filter(row => row.starts + row.new_users + row.carts > 0)
    .flatMap(row => {
      const [, ...texts] = campaignTexts([row], margins)[0] ?? []
      const shown =
        row.price_rub === null ? texts.slice(0, 5) : texts.slice(0, margins.get(row.campaign) == null ? 8 : 9)
      return shown.map((text, i) => `${campaignLabels[i]}: ${text}`)
    })

const dimensions = { all: 'Всё', source: 'Источник', campaign: 'Ссылка', cohort: 'Неделя /start' }
const range = (low: number | null, high: number | null): string => `${rub(low)} – ${rub(high)}`

export const moneyTexts = (rows: readonly UnitEconomicsRow[]): Texts =>
  rows.map(row => [
    row.dimension === 'all' ? dimensions.all : `${dimensions[row.dimension]} ${row.key === 'none' ? 'нет' : row.key}`,
    count(row.carts),
    count(row.labelled_carts),
    rub(row.gmv),
    rub(row.cost_rub),
    range(row.income_low, row.income_high),
    range(row.margin_low, row.margin_high),
  ])

/** The four numbers of all users at the head of the chat's answer about money. */
export const moneyLines = ({ carts, labelled_carts, gmv, cost_rub }: UnitEconomicsRow): string[] => [
  `Корзин: ${count(carts)}`,
  `С меткой: ${count(labelled_carts)} (${percent(ratio(labelled_carts, carts))})`,
  `GMV (оценка): ${rub(gmv)}`,
  `Модель: ${rub(cost_rub)}`,
]

export const retentionTexts = (rows: readonly RetentionRow[]): Texts =>
  rows.map(({ day, cohort, d1, d7 }) => [
    day,
    count(cohort),
    ...[d1, d7].map(n => percent(n === null ? null : ratio(n, cohort))),
  ])

export const cohortTexts = (rows: readonly CohortRow[]): Texts =>
  rows.map(({ week, size, active }) => [week, count(size), ...active.map(n => percent(ratio(n, size)))])

/** Lines of the chat: six weeks in whole percent, the running one marked. */
export const cohortLines = (rows: readonly CohortRow[], today: string): string[] =>
  rows.map(({ week, size, active }) => {
    const cells = active.slice(0, 6).map((n, i) => {
      const isRunning = addDays(week, 7 * i) <= today && today < addDays(week, 7 * i + 7)
      return `${Math.round((n / size) * 100)}${isRunning ? '…' : ''}`
    })
    return [`${week.slice(8)}.${week.slice(5, 7)}`, count(size), ...cells].join(' ')
  })

const mostEmpty = (rows: readonly SearchRow[]): SearchRow[] =>
  rows.filter(row => row.empty > 0).sort((a, b) => b.empty - a.empty || (a.query < b.query ? -1 : 1))

export const searchTexts = (rows: readonly SearchRow[], limit: number): { frequent: Texts; missing: Texts } => ({
  frequent: rows.slice(0, limit).map(row => [row.query, count(row.searches), count(row.users)]),
  missing: mostEmpty(rows)
    .slice(0, limit)
    .map(row => [row.query, count(row.empty), count(row.searches)]),
})

type Churn = Pick<ExpectedNumbers['churn'][number], 'blocks' | 'unblocks'>

const sum = (rows: readonly Churn[]): Churn => ({
  blocks: rows.reduce((n, row) => n + row.blocks, 0),
  unblocks: rows.reduce((n, row) => n + row.unblocks, 0),
})

/** Who blocked the bot and let it in again: in all, by source, after which step, by day. */
export const churnTotals = ({ churn, sources }: Pick<ExpectedNumbers, 'churn' | 'sources'>) => {
  const of = <K extends 'source' | 'step' | 'day'>(key: K, value: string) =>
    sum(churn.filter(row => row[key] === value))
  const days = [...new Set(churn.map(({ day }) => day))]
  return {
    ...sum(churn),
    by_source: sources.map(({ source, users }) => ({ source, users, ...of('source', source) })),
    by_step: ['none', ...funnelStages].flatMap(step =>
      churn.some(row => row.step === step) ? [{ step, ...of('step', step) }] : [],
    ),
    by_day: days.map(day => ({ day, ...of('day', day) })),
  }
}

/** `churnTotals` in the chat: the last two weeks of its days. */
export function churnLines({ blocks, unblocks, by_source, by_step, by_day }: ReturnType<typeof churnTotals>): string[] {
  const both = (row: Churn) => `${count(row.blocks)}${row.unblocks === 0 ? '' : `, вернулись ${count(row.unblocks)}`}`
  const all = [`Заблокировали: ${count(blocks)}`, `Вернулись: ${count(unblocks)}`]
  if (blocks + unblocks === 0) return all
  const steps = new Map(['none', ...funnelStages].map((stage, i) => [stage, ['ничего', ...stepNames][i] ?? '']))
  return [
    ...all,
    'По источникам:',
    ...by_source.map(
      row => `${sourceNames[row.source]}: ${count(row.blocks)} (${percent(ratio(row.blocks, row.users))})`,
    ),
    'После шага:',
    ...by_step.map(row => `${steps.get(row.step)}: ${both(row)}`),
    'По дням:',
    ...by_day.slice(-14).map(row => `${row.day.slice(8)}.${row.day.slice(5, 7)}: ${both(row)}`),
  ]
}
