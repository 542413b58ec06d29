import type { Analytics } from './analytics.ts'
import { amountChange, type Change, countChange } from './change.ts'
import type { MoneyAssumptions, UnitEconomics, UnitEconomicsRow } from './numbers.ts'
import { comparedPeriods, type Period } from './period.ts'

/** Caps on what the model may cost on one day, in roubles; undefined: none. */
export interface DayCaps {
  softRub: number | undefined
  hardRub: number | undefined
}

/** Unit economics of a period with what changed against the one before, and on how many days a cap was reached. */
export interface MoneyReport {
  economics: UnitEconomics
  /** Null while no day of the period is over. */
  changes: Record<'carts' | 'gmv' | 'cost_rub', Change> | null
  days: { all: number; soft: number; hard: number }
}

type Reader = Pick<Analytics, 'unitEconomics' | 'daily' | 'today'>

export async function readMoney(
  analytics: Reader,
  period: Period,
  assumptions: MoneyAssumptions,
  caps: DayCaps,
): Promise<MoneyReport> {
  const compared = comparedPeriods(period, analytics.today())
  const economics = await analytics.unitEconomics(period, assumptions)
  const days = await analytics.daily(period)
  const reached = (capRub: number | undefined) =>
    capRub === undefined ? 0 : days.filter(({ cost_rub }) => cost_rub >= capRub).length
  const totals = async (of: Period) => totalOf(await analytics.unitEconomics(of, assumptions))
  return {
    economics,
    changes: compared && changesOf(await totals(compared.now), await totals(compared.before)),
    days: { all: days.length, soft: reached(caps.softRub), hard: reached(caps.hardRub) },
  }
}

type Total = Pick<UnitEconomicsRow, 'carts' | 'labelled_carts' | 'gmv' | 'cost_rub'>

const nothing: Total = { carts: 0, labelled_carts: 0, gmv: 0, cost_rub: 0 }

/** The row of all users; zeros for a period without any. */
export const totalOf = ({ rows }: UnitEconomics): Total & Partial<UnitEconomicsRow> =>
  rows.find(({ dimension }) => dimension === 'all') ?? nothing

/** The cost is spread over messages, of which a cart takes several: its noise is that of the carts at most. */
const changesOf = (now: Total, before: Total) => ({
  carts: countChange(now.carts, before.carts),
  gmv: amountChange({ amount: now.gmv, n: now.carts }, { amount: before.gmv, n: before.carts }),
  cost_rub: amountChange({ amount: now.cost_rub, n: now.carts }, { amount: before.cost_rub, n: before.carts }),
})
