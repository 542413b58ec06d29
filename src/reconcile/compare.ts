import { type Cause, likelyCauses } from './causes.ts'
import { type DayNumber, type DayReading, dayNumbers } from './day-reading.ts'
import type { StoredDay } from './reconcile-store.ts'

/** The places a day is compared with. Also the closed set of the metric label `source`. */
export const sources = ['loki', 'prometheus'] as const
export type ComparedSource = (typeof sources)[number]

/** What came of asking a place: it answered, it is not set up or told nothing (not wrong, absent), it cannot be reached. */
export type SourceAnswer =
  | { state: 'read'; reading: DayReading }
  | { state: 'not_configured' | 'log_level' | 'unreachable' }

export interface ReconciledNumber {
  number: DayNumber
  postgres: number
  loki: number | null
  prometheus: number | null
  /** Of the place that differs most: what it has more than PostgreSQL; null when there is none to compare with. */
  difference: number | null
  /** By how much each place may differ. */
  tolerance: Record<ComparedSource, number | null>
  agrees: boolean
  /** What the difference probably comes from, also when it is within the tolerance. */
  causes: Cause[]
}

/** Sums of roubles are added in another order everywhere: a kopeck. */
const rounding = (number: DayNumber): number => (number === 'cost_rub' ? 0.01 : 0)

/** Puts what three places say of a day side by side. PostgreSQL is the truth, the others are held against it. */
export function compareDay(
  stored: StoredDay,
  answers: Record<ComparedSource, SourceAnswer>,
  isOver: boolean,
): ReconciledNumber[] {
  const readings = { loki: readingOf(answers.loki), prometheus: readingOf(answers.prometheus) }
  const linesLost = Math.max(readings.loki?.linesLost ?? 0, readings.prometheus?.linesLost ?? 0)

  const toleranceOf = (source: ComparedSource, number: DayNumber): number | null => {
    const reading = readings[source]
    if (reading === null) return null
    const lost = source === 'loki' ? linesLost * perLine(stored, number) : 0
    return rounding(number) + reading.tolerance[number] + lost
  }

  return dayNumbers.map(number => {
    const postgres = stored.numbers[number]
    const found = (source: ComparedSource) => plus(readings[source]?.numbers[number] ?? null, 0)
    const off = { loki: plus(found('loki'), -postgres), prometheus: plus(found('prometheus'), -postgres) }
    const tolerance = { loki: toleranceOf('loki', number), prometheus: toleranceOf('prometheus', number) }
    const isBeyond = (source: ComparedSource) => Math.abs(off[source] ?? 0) > (tolerance[source] ?? 0)

    const causes = new Set<Cause>()
    if (disagreesWithEvents(stored, number)) causes.add('totals_differ')
    for (const source of sources) {
      if (answers[source].state === 'unreachable') causes.add('unreachable')
      const difference = off[source]
      if (difference === null || Math.abs(difference) <= rounding(number)) continue
      const other = source === 'loki' ? 'prometheus' : 'loki'
      const isShared = isBeyond(source) && isBeyond(other) && off[other] === difference
      for (const cause of likelyCauses({ source, number, difference, isOver, isShared, readings })) causes.add(cause)
    }
    const beyond = sources.filter(isBeyond)
    return {
      number,
      postgres,
      loki: found('loki'),
      prometheus: found('prometheus'),
      difference: largest((beyond.length > 0 ? beyond : sources).map(source => off[source])),
      tolerance,
      agrees: beyond.length === 0 && !causes.has('totals_differ') && !causes.has('unreachable'),
      causes: [...causes],
    }
  })
}

const readingOf = (answer: SourceAnswer): DayReading | null => (answer.state === 'read' ? answer.reading : null)

/** Micro-roubles are the least there is; below is the noise of binary fractions. */
const plus = (a: number | null, b: number): number | null => (a === null ? null : Math.round((a + b) * 1e6) / 1e6)

const largest = (differences: readonly (number | null)[]): number | null =>
  differences.reduce((most, d) => (d === null || (most !== null && Math.abs(most) >= Math.abs(d)) ? most : d), null)

/** What one lost line can have held: one of what is counted, an average call of what is summed up. */
function perLine({ numbers }: StoredDay, number: DayNumber): number {
  if (number !== 'tokens' && number !== 'cost_rub') return 1
  return numbers[number] / Math.max(1, numbers.llm_calls)
}

const disagreesWithEvents = ({ numbers, fromEvents }: StoredDay, number: DayNumber): boolean =>
  (number === 'carts' || number === 'errors') && numbers[number] !== fromEvents[number]
