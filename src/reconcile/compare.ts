import { type Cause, likelyCauses } from './causes.ts'
import { type DayNumber, type DayReading, dayNumbers } from './day-reading.ts'
import type { StoredDay } from './reconcile-store.ts'

/** Sources that PostgreSQL is compared with. Also the closed set of the metric label `source`. */
export const sources = ['loki', 'prometheus'] as const
export type ComparedSource = (typeof sources)[number]

/** Answer of a source. One that is not configured, or that the log level keeps empty, is absent, not wrong. */
export type SourceAnswer =
  | { state: 'read'; reading: DayReading }
  | { state: 'not_configured' | 'log_level' | 'unreachable' }

export interface ReconciledNumber {
  number: DayNumber
  /** Of `tokens`: the model whose part of them it is, as `provider/model`. Absent on the number of the whole day. */
  model?: string
  postgres: number
  loki: number | null
  prometheus: number | null
  /** The largest difference of a source from PostgreSQL; null if no source could be read. */
  difference: number | null
  /** Maximum difference of each source that still agrees; null if it could not be read. */
  tolerance: Record<ComparedSource, number | null>
  agrees: boolean
  /** Probable causes, also of a difference within the tolerance. */
  causes: Cause[]
}

/** Tolerance for rounding: each source adds roubles in another order. One kopeck. */
const rounding = (number: DayNumber): number => (number === 'cost_rub' ? 0.01 : 0)

/**
 * Compares the numbers of a day in Loki and Prometheus with those in PostgreSQL, the source of truth; the tokens also by
 * model, where there are several: two errors must not cancel out.
 */
export function compareDay(
  stored: StoredDay,
  answers: Record<ComparedSource, SourceAnswer>,
  isOver: boolean,
): ReconciledNumber[] {
  const names = new Set([
    ...stored.models.map(({ model }) => model),
    ...sources.flatMap(source => Object.keys(readingOf(answers[source])?.models ?? {})),
  ])
  const ofModels = names.size < 2 ? [] : [...names].sort().flatMap(name => compareModel(name, stored, answers, isOver))
  return [...compareNumbers(stored, answers, isOver), ...ofModels]
}

function compareModel(
  name: string,
  stored: StoredDay,
  answers: Record<ComparedSource, SourceAnswer>,
  isOver: boolean,
): ReconciledNumber[] {
  const { provider, calls, tokens } = stored.models.find(({ model }) => model === name) ?? { calls: 0, tokens: 0 }
  const partOf = (answer: SourceAnswer): SourceAnswer => {
    if (answer.state !== 'read') return answer
    const { numbers, tolerance, models } = answer.reading
    const part = models[name] ?? { tokens: 0, tolerance: 0 }
    return {
      state: 'read',
      reading: {
        ...answer.reading,
        numbers: { ...numbers, tokens: part.tokens },
        tolerance: { ...tolerance, tokens: part.tolerance },
      },
    }
  }
  const part = { ...stored, numbers: { ...stored.numbers, llm_calls: calls, tokens } }
  return compareNumbers(part, { loki: partOf(answers.loki), prometheus: partOf(answers.prometheus) }, isOver)
    .filter(({ number }) => number === 'tokens')
    .map(row => ({ ...row, model: provider === undefined ? name : `${provider}/${name}` }))
}

function compareNumbers(
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

/** Adds and rounds to micro-roubles, the smallest unit; digits below are floating-point error. */
const plus = (a: number | null, b: number): number | null => (a === null ? null : Math.round((a + b) * 1e6) / 1e6)

const largest = (differences: readonly (number | null)[]): number | null =>
  differences.reduce((most, d) => (d === null || (most !== null && Math.abs(most) >= Math.abs(d)) ? most : d), null)

/** What one lost line can have contained: one of a count, an average call's share of a sum. */
function perLine({ numbers }: StoredDay, number: DayNumber): number {
  if (number !== 'tokens' && number !== 'cost_rub') return 1
  return numbers[number] / Math.max(1, numbers.llm_calls)
}

const disagreesWithEvents = ({ numbers, fromEvents }: StoredDay, number: DayNumber): boolean =>
  (number === 'carts' || number === 'errors') && numbers[number] !== fromEvents[number]
