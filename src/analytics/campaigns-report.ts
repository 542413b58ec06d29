import type { Analytics } from './analytics.ts'
import { amountChange, type Change, countChange } from './change.ts'
import type { CampaignRow, MoneyAssumptions, UnclaimedSlug } from './numbers.ts'
import { comparedPeriods, type Period, previousPeriod } from './period.ts'
import { ratio } from './show.ts'

type ComparedNumber = 'starts' | 'new_users' | 'first_carts' | 'gmv' | 'cost_rub'

/** What was spent on a campaign against what came of it, from its beginning to the end of the period. */
export interface CampaignMoney {
  /** The price of the publication divided by the first carts; null without a price or a cart. */
  price_per_first_cart: number | null
  /** GMV divided by the price and the ₽ of the model; null without a price. */
  gmv_per_rub: number | null
  /** Estimated income minus the ₽ of the model, divided by the price; null without a price or AFFILIATE_PERCENT. */
  payback: number | null
}

export interface CampaignReportRow extends CampaignRow, CampaignMoney {
  /** By the finished days of the period, see `comparedPeriods`. */
  changes: Record<ComparedNumber, Change>
  /** The same campaign in the period of equal length before; null where no event of that period is stored. */
  previous: Pick<CampaignRow, ComparedNumber> | null
}

export interface CampaignsReport {
  period: Period
  campaigns: CampaignReportRow[]
  unclaimed: UnclaimedSlug[]
}

type Spent = Pick<CampaignRow, 'price_rub' | 'total_first_carts' | 'total_gmv' | 'total_cost_rub'>

/** `margin` is what unit economics say of all days of the campaign; null when it is not known. */
export function campaignMoney(
  { price_rub, total_first_carts, total_gmv, total_cost_rub }: Spent,
  margin: number | null,
): CampaignMoney {
  if (price_rub === null) return { price_per_first_cart: null, gmv_per_rub: null, payback: null }
  return {
    price_per_first_cart: ratio(price_rub, total_first_carts),
    gmv_per_rub: ratio(total_gmv, price_rub + total_cost_rub),
    payback: margin === null ? null : ratio(margin, price_rub),
  }
}

/** Reads the campaigns of a period, each beside the period before. */
export async function readCampaignsReport(
  analytics: Pick<Analytics, 'campaigns' | 'unclaimedSlugs' | 'everything' | 'unitEconomics' | 'today' | 'storedSince'>,
  period: Period,
  money: MoneyAssumptions,
): Promise<CampaignsReport> {
  const compared = comparedPeriods(period, analytics.today())
  const bySlug = async (asked: Period | undefined) =>
    new Map((asked === undefined ? [] : await analytics.campaigns(asked)).map(row => [row.campaign, row]))
  const rows = await analytics.campaigns(period)
  const earlier = previousPeriod(period)
  const isStored = earlier.to >= (await analytics.storedSince())
  const [previous, now, before] = [
    await bySlug(isStored ? earlier : undefined),
    await bySlug(compared?.now),
    await bySlug(compared?.before),
  ]
  const { from } = await analytics.everything()
  const economics = await analytics.unitEconomics(
    { from: from < period.from ? from : period.from, to: period.to },
    money,
  )
  const margins = new Map(
    economics.rows.flatMap(({ dimension, key, margin }) => (dimension === 'campaign' ? [[key, margin] as const] : [])),
  )
  const campaigns = rows.map(row => ({
    ...row,
    ...campaignMoney(row, margins.get(row.campaign) ?? null),
    changes: changesOf(now.get(row.campaign), before.get(row.campaign)),
    previous: pick(previous.get(row.campaign)),
  }))
  return { period, campaigns, unclaimed: await analytics.unclaimedSlugs() }
}

function changesOf(now: CampaignRow | undefined, before: CampaignRow | undefined): Record<ComparedNumber, Change> {
  const counted = (key: 'starts' | 'new_users' | 'first_carts') =>
    countChange(now?.[key] ?? null, before?.[key] ?? null)
  const amount = (key: 'gmv' | 'cost_rub', n: 'carts' | 'messages') =>
    amountChange(
      { amount: now?.[key] ?? null, n: now?.[n] ?? 0 },
      { amount: before?.[key] ?? null, n: before?.[n] ?? 0 },
    )
  return {
    starts: counted('starts'),
    new_users: counted('new_users'),
    first_carts: counted('first_carts'),
    gmv: amount('gmv', 'carts'),
    cost_rub: amount('cost_rub', 'messages'),
  }
}

function pick(row: CampaignRow | undefined): Pick<CampaignRow, ComparedNumber> | null {
  if (row === undefined) return null
  const { starts, new_users, first_carts, gmv, cost_rub } = row
  return { starts, new_users, first_carts, gmv, cost_rub }
}
