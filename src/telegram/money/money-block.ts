import { showShortChange } from '../../analytics/change.ts'
import { type DayCaps, type MoneyReport, totalOf } from '../../analytics/money.ts'
import type { UnitEconomicsRow } from '../../analytics/numbers.ts'
import { count, percent, ratio, rub } from '../../analytics/show.ts'
import type { ModelBalance } from '../../assistant/gigachat/balance-watch.ts'
import { periodTitle } from '../admin/period-title.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { texts } from './texts.ts'

/** Weeks of first /start shown, the latest ones; the report in the terminal has all. */
const shownCohorts = 8

/** The answer to /admin_money: the whole, then its parts, then what the estimate assumes. */
export function moneyBlock(
  { economics, changes, days }: MoneyReport,
  caps: DayCaps,
  today: string,
  balances: readonly ModelBalance[] = [],
): Html {
  const { affiliate_percent: affiliatePercent, order_percent: orderPercent, rows } = economics
  const title = html`<b>${texts.title(periodTitle(economics, today))}</b>`
  const assumptions = html`<i>${texts.assumptions(affiliatePercent, orderPercent)}</i>`
  if (rows.length === 0) return joinHtml([title, html`${texts.empty}`, assumptions], '\n\n')
  const all = totalOf(economics)
  const { labels } = texts
  const line = (label: string, value: string, change?: keyof NonNullable<typeof changes>): string => {
    const changed = change === undefined || changes === null ? '' : ` ${showShortChange(changes[change])}`
    return `${`${label}:`.padEnd(15)} ${value}${changed}`
  }
  const whole = [
    line(labels.carts, count(all.carts), 'carts'),
    line(labels.labelled, labelled(all)),
    line(labels.gmv, rub(all.gmv), 'gmv'),
    line(labels.cost, rub(all.cost_rub), 'cost_rub'),
  ]
  const estimate =
    affiliatePercent === null
      ? [html`${labels.income}: ${texts.notSet}`]
      : [
          html`${labels.income}: ${texts.income(all.income_low ?? null, all.income ?? null, all.income_high ?? null)}`,
          html`${labels.margin}: ${texts.margin(all.margin_low ?? null, all.margin_high ?? null)}`,
        ]
  const parts = (['source', 'campaign', 'cohort'] as const).flatMap(dimension => {
    const found = rows.filter(row => row.dimension === dimension)
    const shown = dimension === 'cohort' ? found.slice(-shownCohorts) : found
    if (shown.length === 0) return []
    return [joinHtml([html`<b>${texts.dimensions[dimension]}</b>`, ...shown.map(row => html`• ${partOf(row)}`)], '\n')]
  })
  const reached = [
    html`${texts.caps('мягкий', caps.softRub, days.soft, days.all)}`,
    html`${texts.caps('жёсткий', caps.hardRub, days.hard, days.all)}`,
    ...balances.map(balance => html`${texts.balance(balance)}`),
  ]
  return joinHtml(
    [
      title,
      html`<pre>${whole.join('\n')}</pre>`,
      joinHtml(estimate, '\n'),
      ...parts,
      joinHtml(reached, '\n'),
      assumptions,
    ],
    '\n\n',
  )
}

const labelled = ({ carts, labelled_carts }: Pick<UnitEconomicsRow, 'carts' | 'labelled_carts'>): string =>
  `${count(labelled_carts)} (${percent(ratio(labelled_carts, carts))})`

function partOf(row: UnitEconomicsRow): string {
  const { dimension, key, carts, labelled_carts: marked, gmv, cost_rub: cost, margin_low: low, margin_high: high } = row
  const name = dimension === 'cohort' ? (key === 'none' ? texts.withoutStart : weekName(key)) : key
  return texts.part(
    name,
    count(carts),
    count(marked),
    rub(gmv),
    rub(cost),
    low === null ? null : texts.margin(low, high),
  )
}

/** «нед. с 02.11» of its Monday. */
const weekName = (monday: string): string => `с ${monday.slice(8, 10)}.${monday.slice(5, 7)}`
