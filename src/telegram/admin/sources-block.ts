import { amountChange, type Change, countChange, shareChange } from '../../analytics/change.ts'
import type { ComparedAnswer } from '../../analytics/compare.ts'
import type { SourceRow } from '../../analytics/numbers.ts'
import type { Period } from '../../analytics/period.ts'
import { count, rub } from '../../analytics/show.ts'
import type { Source } from '../../events/catalogue.ts'
import { type Html, joinHtml } from '../html.ts'
import { line, share, table } from './block-lines.ts'
import { changeLegend, comparedOf, withChange } from './change-lines.ts'
import { periodTitle } from './period-title.ts'

export const sourceNames: Record<Source, string> = {
  habr: 'Хабр',
  vc: 'vc.ru',
  telegram: 'Telegram',
  referral: 'Друзья',
  organic: 'Сами нашли',
}

interface Column {
  label: string
  show: (row: SourceRow) => string
  change: (now: SourceRow, before: SourceRow) => Change
}

const counted = (key: 'users' | 'new_users' | 'first_carts' | 'carts', label: string): Column => ({
  label,
  show: row => count(row[key]),
  change: (now, before) => countChange(now[key], before[key]),
})
const columns: readonly Column[] = [
  counted('users', 'Людей'),
  counted('new_users', 'Новых'),
  {
    label: 'С корзиной',
    show: row => share(row.with_cart, row.users),
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

/** One paragraph a source: a table would not fit a phone. A source that the period before had alone is shown with zeros. */
export function sourcesBlock(
  period: Period,
  rows: readonly SourceRow[],
  answer: ComparedAnswer<SourceRow[]>,
  today: string,
): Html {
  const compared = comparedOf(answer)
  const of = (list: readonly SourceRow[], source: Source) => list.find(row => row.source === source) ?? emptyRow(source)
  const left = (compared?.before ?? []).filter(({ source }) => rows.every(row => row.source !== source))
  const paragraphs = [...rows, ...left.map(({ source }) => emptyRow(source))].map(row => [
    `${sourceNames[row.source]} (${row.source}):`,
    ...columns.flatMap(({ label, show, change }) =>
      withChange(
        ` ${line(label, 15, show(row))}`,
        compared === null ? undefined : change(of(compared.now, row.source), of(compared.before, row.source)),
      ),
    ),
  ])
  const body = paragraphs.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]))
  return joinHtml(
    [
      table(`🧭 Источники ${periodTitle(period, today)}`, body.length === 0 ? ['Пока никого.'] : body),
      changeLegend(answer),
    ],
    '\n',
  )
}
