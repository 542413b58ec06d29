import type { Source } from '../events/catalogue.ts'
import type { Analytics } from './analytics.ts'
import { type Change, countChange } from './change.ts'
import { type ChurnRow, type ChurnStep, churnSteps } from './numbers.ts'
import { comparedPeriods, type Period, previousPeriod } from './period.ts'

interface ChurnTotal {
  blocks: number
  unblocks: number
}

/** Who blocked the bot in a period, and who let it in again; users of a source are those with any event in the period. */
export interface ChurnReport extends Period, ChurnTotal {
  by_source: (ChurnTotal & { source: Source; users: number })[]
  /** By the furthest step of the funnel reached until then, in its order; steps without a block are left out. */
  by_step: (ChurnTotal & { step: ChurnStep })[]
  by_day: (ChurnTotal & { day: string })[]
  /** Null where no event of that period is stored. */
  previous: ChurnTotal | null
  /** By the finished days of the period, see `comparedPeriods`. */
  changes: Record<keyof ChurnTotal, Change>
}

type Reader = Pick<Analytics, 'churn' | 'sources' | 'today' | 'storedSince'>

export async function readChurn(analytics: Reader, period: Period): Promise<ChurnReport> {
  const rows = await analytics.churn(period)
  const compared = comparedPeriods(period, analytics.today())
  const totalOf = async (asked: Period) => total(await analytics.churn(asked))
  const [now, before] = compared === null ? [null, null] : [await totalOf(compared.now), await totalOf(compared.before)]
  const earlier = previousPeriod(period)
  const sources = await analytics.sources(period)
  return {
    ...period,
    ...total(rows),
    by_source: sources.map(({ source, users }) => ({
      source,
      users,
      ...total(rows.filter(row => row.source === source)),
    })),
    by_step: churnSteps
      .map(step => ({ step, ...total(rows.filter(row => row.step === step)) }))
      .filter(({ blocks, unblocks }) => blocks + unblocks > 0),
    by_day: [...new Set(rows.map(({ day }) => day))].map(day => ({
      day,
      ...total(rows.filter(row => row.day === day)),
    })),
    previous: earlier.to >= (await analytics.storedSince()) ? await totalOf(earlier) : null,
    changes: {
      blocks: countChange(now?.blocks ?? null, before?.blocks ?? null),
      unblocks: countChange(now?.unblocks ?? null, before?.unblocks ?? null),
    },
  }
}

const total = (rows: readonly ChurnRow[]): ChurnTotal => ({
  blocks: rows.reduce((sum, row) => sum + row.blocks, 0),
  unblocks: rows.reduce((sum, row) => sum + row.unblocks, 0),
})
