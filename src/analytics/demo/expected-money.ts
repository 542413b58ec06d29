import type { UnitEconomics, UnitEconomicsRow } from '../numbers.ts'
import { mondayOf, type Period } from '../period.ts'
import { wilsonInterval } from '../wilson.ts'
import type { Calendar } from './calendar.ts'
import type { DemoCampaign } from './campaigns.ts'
import type { Life } from './life.ts'
import { isNewCart, latestVersions } from './life-carts.ts'

/** What the expected income is calculated with. */
export const demoAssumptions = { affiliatePercent: 7.5, orderPercent: 30 }

interface Sums {
  carts: number
  labelled: number
  gmvCents: number
  costMicro: number
}

/** Calculates the expected unit economics of a period, life by life and without SQL, in whole kopecks. */
export function createExpectedMoney(calendar: Calendar, period: Period, claimed: readonly DemoCampaign[]) {
  const [from, to] = [calendar.indexOf(period.from), calendar.indexOf(period.to)]
  const within = (day: number) => day >= from && day <= to
  const slugs = new Set(claimed.map(({ slug }) => slug))
  const groups = new Map<string, Sums>()

  const add = (life: Life) => {
    const isNew = life.startedAt !== null && !life.erasedBefore
    const week = isNew ? mondayOf(calendar.dayAt(calendar.indexAt(life.startedAt ?? 0))) : 'none'
    const own: Sums = { carts: 0, labelled: 0, gmvCents: 0, costMicro: 0 }
    const latest = latestVersions(life.events)
    for (const event of life.events) {
      if (!isNewCart(event) || !within(calendar.indexAt(event.at))) continue
      const version = latest.get(event.metadata.cart_number)?.metadata
      own.carts++
      if (version?.affiliate_tag !== null) own.labelled++
      if (typeof version?.total_sum === 'number') own.gmvCents += Math.round(version.total_sum * 100)
    }
    for (const [day, usage] of life.usage) if (within(day)) own.costMicro += usage.costMicro
    const { campaign } = life
    const ofCampaign = campaign !== null && slugs.has(campaign) ? [`campaign ${campaign}`] : []
    for (const key of ['all all', `source ${life.source}`, ...ofCampaign, `cohort ${week}`]) addTo(groups, key, own)
  }

  const result = (): UnitEconomics => ({
    ...period,
    affiliate_percent: demoAssumptions.affiliatePercent,
    order_percent: demoAssumptions.orderPercent,
    rows: [...groups]
      .filter(([, sums]) => sums.carts > 0 || sums.costMicro > 0)
      .map(([name, sums]) => rowOf(name, sums))
      .sort(inOrder),
  })
  return { add, result }
}

function addTo(groups: Map<string, Sums>, key: string, { carts, labelled, gmvCents, costMicro }: Sums) {
  const sums = groups.get(key) ?? { carts: 0, labelled: 0, gmvCents: 0, costMicro: 0 }
  groups.set(key, {
    carts: sums.carts + carts,
    labelled: sums.labelled + labelled,
    gmvCents: sums.gmvCents + gmvCents,
    costMicro: sums.costMicro + costMicro,
  })
}

function rowOf(name: string, { carts, labelled, gmvCents, costMicro }: Sums): UnitEconomicsRow {
  const [dimension, key] = name.split(' ') as [UnitEconomicsRow['dimension'], string]
  const { affiliatePercent, orderPercent } = demoAssumptions
  // half a kopeck is rounded up, also where the last digits of the product say a little less
  const cents = (share: number, orders: number) =>
    Math.round(Number(((gmvCents * affiliatePercent * share * orders) / 10_000).toPrecision(15)))
  const share = carts === 0 ? { low: 0, high: 0 } : wilsonInterval(labelled, carts)
  const [middle, low, high] = [
    cents(carts === 0 ? 0 : labelled / carts, orderPercent),
    cents(share.low, orderPercent / 2),
    cents(share.high, Math.min(100, orderPercent * 1.5)),
  ]
  const costCents = Math.round(costMicro / 10_000)
  return {
    ...{ dimension, key, carts, labelled_carts: labelled, gmv: gmvCents / 100, cost_rub: costCents / 100 },
    ...{ income: middle / 100, income_low: low / 100, income_high: high / 100 },
    ...{
      margin: (middle - costCents) / 100,
      margin_low: (low - costCents) / 100,
      margin_high: (high - costCents) / 100,
    },
  }
}

const dimensions = ['all', 'source', 'campaign', 'cohort']

function inOrder(a: UnitEconomicsRow, b: UnitEconomicsRow): number {
  const place = dimensions.indexOf(a.dimension) - dimensions.indexOf(b.dimension)
  const size = a.dimension === 'cohort' ? 0 : b.carts - a.carts
  return place || size || (a.key < b.key ? -1 : 1)
}
