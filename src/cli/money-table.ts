import type { UnitEconomics, UnitEconomicsRow } from '../analytics/numbers.ts'
import { count, none, percent, rub } from '../analytics/show.ts'
import { type Cells, columns, title } from './report-tables.ts'

const dimensions = { all: 'Всё', source: 'Источник', campaign: 'Ссылка', cohort: 'Неделя /start' }

/** Unit economics for the terminal: one line for all users and for each source, campaign and cohort. */
export const moneyTable = ({ rows, affiliate_percent, order_percent, ...period }: UnitEconomics): string =>
  [
    title('Экономика', period),
    '',
    ...columns(moneyCells(rows)),
    '',
    ...moneyNotes({ affiliate_percent, order_percent }),
  ].join('\n')

export const moneyCells = (rows: readonly UnitEconomicsRow[]): Cells => ({
  head: ['', 'Корзин', 'С меткой', 'GMV (оценка)', 'Модель', 'Доход (оценка)', 'Итог (оценка)'],
  rows: rows.map(row => [
    nameOf(row),
    count(row.carts),
    count(row.labelled_carts),
    rub(row.gmv),
    rub(row.cost_rub),
    range(row.income_low, row.income_high),
    range(row.margin_low, row.margin_high),
  ]),
})

/** What the ranges are made of. */
export const moneyNotes = ({
  affiliate_percent,
  order_percent,
}: Pick<UnitEconomics, 'affiliate_percent' | 'order_percent'>): string[] => [
  affiliate_percent === null
    ? 'AFFILIATE_PERCENT не задан: доход и итог не посчитаны.'
    : `Доход = GMV × доля с меткой × ${percent(affiliate_percent / 100)} (AFFILIATE_PERCENT) × доля заказов.`,
  `Доля заказов ${percent(order_percent / 100)} – предположение (ORDER_CONVERSION_PERCENT).`,
  'От – до: 95 % интервал доли с меткой и от половины до полутора предположения.',
]

const nameOf = ({ dimension, key }: UnitEconomicsRow): string => {
  if (dimension === 'all') return dimensions.all
  return `${dimensions[dimension]} ${key === 'none' ? 'нет' : key}`
}

const range = (low: number | null, high: number | null): string =>
  low === null || high === null ? none : `${rub(low)} – ${rub(high)}`
