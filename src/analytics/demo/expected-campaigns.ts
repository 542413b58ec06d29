import type { CampaignRow } from '../numbers.ts'
import type { Period } from '../period.ts'
import type { Calendar } from './calendar.ts'
import type { DemoCampaign } from './campaigns.ts'
import type { Life } from './life.ts'
import { isNewCart, latestSums } from './life-carts.ts'

/** Calculates the expected numbers of the claimed campaigns, life by life. */
export function createExpectedCampaigns(calendar: Calendar, period: Period, claimed: readonly DemoCampaign[]) {
  const [from, to] = [calendar.indexOf(period.from), calendar.indexOf(period.to)]
  const rows = new Map(claimed.map(campaign => [campaign.slug, emptyCampaign(campaign)]))

  const addUser = (life: Life, row: Row) => {
    const newOn = life.startedAt === null || life.erasedBefore ? null : calendar.indexAt(life.startedAt)
    if (newOn !== null && newOn <= to) {
      row.total_new_users++
      if (newOn >= from) row.new_users++
    }
    const sums = latestSums(life.events)
    for (const event of life.events) {
      const day = calendar.indexAt(event.at)
      if (!isNewCart(event) || day > to) continue
      const sum = sums.get(event.metadata.cart_number)
      const cents = typeof sum === 'number' ? Math.round(sum * 100) : 0
      const isFirst = event.metadata.cart_number === 1
      row.totalCents += cents
      if (isFirst) row.total_first_carts++
      if (day < from) continue
      row.cents += cents
      row.carts++
      if (isFirst) row.first_carts++
    }
    for (const [day, { messages, costMicro }] of life.usage) {
      if (day > to) continue
      row.totalMicro += costMicro
      if (day < from) continue
      row.micro += costMicro
      row.messages += messages
    }
  }

  return {
    add: (life: Life): void => {
      for (const { campaign, at } of life.events) {
        const row = rows.get(campaign ?? '')
        const day = calendar.indexAt(at)
        if (row !== undefined && day >= from && day <= to) row.starts++
      }
      const row = rows.get(life.campaign ?? '')
      if (row !== undefined) addUser(life, row)
    },
    result: (): CampaignRow[] =>
      [...rows.values()]
        .map(({ cents, micro, totalCents, totalMicro, ...row }) => ({
          ...row,
          gmv: cents / 100,
          cost_rub: micro / 1e6,
          total_gmv: totalCents / 100,
          total_cost_rub: totalMicro / 1e6,
        }))
        .sort((a, b) => b.new_users - a.new_users || b.starts - a.starts || (a.campaign < b.campaign ? -1 : 1)),
  }
}

type Row = CampaignRow & { cents: number; micro: number; totalCents: number; totalMicro: number }

/** Money is summed in whole cents and micro-roubles, so that sums are exact. */
const emptyCampaign = ({ slug, name, price_rub }: DemoCampaign): Row => ({
  campaign: slug,
  name,
  price_rub,
  starts: 0,
  new_users: 0,
  first_carts: 0,
  carts: 0,
  gmv: 0,
  messages: 0,
  cost_rub: 0,
  total_new_users: 0,
  total_first_carts: 0,
  total_gmv: 0,
  total_cost_rub: 0,
  cents: 0,
  micro: 0,
  totalCents: 0,
  totalMicro: 0,
})
