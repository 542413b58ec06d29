import type { Source } from '../events/catalogue.ts'
import { amountChange, type Change, countChange, shareChange } from './change.ts'
import type { ComparedAnswer } from './compare.ts'
import type { SourceRow } from './numbers.ts'
import { count, percent, ratio, rub } from './show.ts'

/** One number of a source, and how it differs between two periods of equal length. */
interface SourceColumn {
  label: string
  show: (row: SourceRow) => string
  change: (now: SourceRow, before: SourceRow) => Change
}

const counted = (key: 'users' | 'new_users' | 'first_carts' | 'carts', label: string): SourceColumn => ({
  label,
  show: row => count(row[key]),
  change: (now, before) => countChange(now[key], before[key]),
})
export const sourceColumns: readonly SourceColumn[] = [
  counted('users', 'Людей'),
  counted('new_users', 'Новых'),
  {
    label: 'С корзиной',
    show: row => `${count(row.with_cart)} (${percent(ratio(row.with_cart, row.users))})`,
    change: (now, before) =>
      shareChange({ n: now.with_cart, of: now.users }, { n: before.with_cart, of: before.users }),
  },
  counted('first_carts', 'Первая корзина'),
  counted('carts', 'Корзин'),
  {
    label: 'GMV (оценка)',
    show: row => rub(row.gmv),
    change: (now, before) => amountChange({ amount: now.gmv, n: now.carts }, { amount: before.gmv, n: before.carts }),
  },
  {
    label: 'Модель',
    show: row => rub(row.cost_rub),
    change: (now, before) =>
      amountChange({ amount: now.cost_rub, n: now.users }, { amount: before.cost_rub, n: before.users }),
  },
]

/** A source without users in the period. */
const emptyRow = (source: Source): SourceRow => ({
  source,
  users: 0,
  new_users: 0,
  with_cart: 0,
  first_carts: 0,
  carts: 0,
  gmv: 0,
  cost_rub: 0,
})

/**
 * The sources of a period, those that only the period before had with zeros; each with the changes of its columns, none where
 * nothing can be compared.
 */
export function comparedSources(
  rows: readonly SourceRow[],
  answer: ComparedAnswer<SourceRow[]>,
): { row: SourceRow; changes: Change[] | null }[] {
  const compared = typeof answer === 'string' ? null : answer
  const of = (list: readonly SourceRow[], source: Source) => list.find(row => row.source === source) ?? emptyRow(source)
  const left = (compared?.before ?? []).filter(({ source }) => rows.every(row => row.source !== source))
  return [...rows, ...left.map(({ source }) => emptyRow(source))].map(row => ({
    row,
    changes:
      compared &&
      sourceColumns.map(({ change }) => change(of(compared.now, row.source), of(compared.before, row.source))),
  }))
}
