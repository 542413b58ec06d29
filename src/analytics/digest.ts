import type { Analytics } from './analytics.ts'
import { amountChange, type Change, countChange } from './change.ts'
import { type ComparedAnswer, readCompared } from './compare.ts'
import { funnelShares, summaryNumbers } from './dictionary.ts'
import type { CartRatingRow, MissingSearchRow } from './digest-numbers.ts'
import type { DayCaps } from './money.ts'
import type { Funnel, FunnelStage, Summary } from './numbers.ts'
import { addDays, type Period } from './period.ts'
import { ratio } from './show.ts'

/** The numbers of a week from which the digest is written. */
interface DigestNumbers {
  summary: Summary
  funnel: Funnel
  /** Users whose first cart is in the week. */
  firstCarts: number
}

export interface Digest {
  period: Period
  now: DigestNumbers
  compared: ComparedAnswer<DigestNumbers>
  /** Cost of the model divided by the carts. */
  costPerCart: number | null
  /** What at least three users did not find, most users first. */
  missing: MissingSearchRow[]
  /** At most what the users who found nothing would have bought: the average cart for each. Null when that is unknown. */
  gmvAtStake: number | null
  ratings: { up: number; down: number; reasons: { reason: string; carts: number }[] }
  /** Days on which the model cost as much as a cap allows. */
  days: { soft: number; hard: number }
}

/** The seven days before today: on a Monday the calendar week that has just ended. */
export const digestPeriod = (today: string): Period => ({ from: addDays(today, -7), to: addDays(today, -1) })

type Reader = Pick<
  Analytics,
  'summary' | 'funnel' | 'sources' | 'daily' | 'missingSearches' | 'cartRatings' | 'today' | 'storedSince'
>

export async function readDigest(analytics: Reader, caps: DayCaps): Promise<Digest> {
  const period = digestPeriod(analytics.today())
  const read = async (of: Period): Promise<DigestNumbers> => ({
    summary: await analytics.summary(of),
    funnel: await analytics.funnel(of),
    firstCarts: (await analytics.sources(of)).reduce((sum, row) => sum + row.first_carts, 0),
  })
  const now = await read(period)
  const missing = await analytics.missingSearches(period)
  const days = await analytics.daily(period)
  const reached = (capRub: number | undefined) =>
    capRub === undefined ? 0 : days.filter(({ cost_rub }) => cost_rub >= capRub).length
  const { avg_cart } = now.summary
  return {
    period,
    now,
    compared: await readCompared(analytics, period, read),
    costPerCart: costPerCart(now.summary),
    missing,
    gmvAtStake: avg_cart === null ? null : avg_cart * missing.reduce((sum, { users }) => sum + users, 0),
    ratings: ratingsOf(await analytics.cartRatings(period)),
    days: { soft: reached(caps.softRub), hard: reached(caps.hardRub) },
  }
}

const costPerCart = ({ cost_rub, carts }: Summary) => ratio(cost_rub, carts)

function ratingsOf(rows: readonly CartRatingRow[]): Digest['ratings'] {
  const sum = (of: readonly CartRatingRow[]) => of.reduce((total, { carts }) => total + carts, 0)
  const down = rows.filter(({ rating }) => rating === 'down')
  const names = [...new Set(down.flatMap(({ reason }) => reason ?? []))]
  const reasons = names
    .map(reason => ({ reason, carts: sum(down.filter(row => row.reason === reason)) }))
    .sort((a, b) => b.carts - a.carts || (a.reason < b.reason ? -1 : 1))
  return { up: sum(rows.filter(({ rating }) => rating === 'up')), down: sum(down), reasons }
}

export interface DigestChanges {
  new_users: Change
  active_users: Change
  first_carts: Change
  gmv: Change
  cost_per_cart: Change
  errors: Change
}

/** How the numbers of the digest differ from the week before; null where nothing can be compared. */
export function digestChanges({ compared }: Pick<Digest, 'compared'>): DigestChanges | null {
  if (typeof compared === 'string') return null
  const [now, before] = [compared.now, compared.before]
  const of = (key: string): Change => {
    const number = summaryNumbers.find(each => each.key === key)
    if (number === undefined) throw new TypeError(`no number ${key}`)
    return number.change(now.summary, before.summary)
  }
  const perCart = ({ summary }: DigestNumbers) => ({ amount: costPerCart(summary), n: summary.carts })
  return {
    new_users: of('new_users'),
    active_users: of('active_users'),
    first_carts: countChange(now.firstCarts, before.firstCarts),
    gmv: of('gmv'),
    cost_per_cart: amountChange(perCart(now), perCart(before)),
    errors: of('errors'),
  }
}

/** The step at which the largest share of users of the step before is lost, of the steps towards a cart. */
export function weakestStep({
  stages,
}: Pick<Funnel, 'stages'>): { from: FunnelStage; to: FunnelStage; share: number } | null {
  const steps = funnelShares({ stages }).flatMap(({ stage, ofPrevious }, i) => {
    const from = stages[i - 1]?.stage
    return from === undefined || ofPrevious === null || !['message', 'search', 'cart'].includes(stage)
      ? []
      : [{ from, to: stage, share: ofPrevious }]
  })
  return steps.toSorted((a, b) => a.share - b.share)[0] ?? null
}
