import type { DayNumber, DayReading, DaySign } from './day-reading.ts'

/** Probable causes of a difference. */
const causes = [
  'no_data',
  'day_not_over',
  'restart',
  'lost_scrape',
  'events_waited',
  'logs_waiting',
  'lines_lost',
  'repeated',
  'row_missing',
  'not_published',
  'totals_differ',
  'unreachable',
  'unknown',
] as const
export type Cause = (typeof causes)[number]

export interface Differing {
  source: 'loki' | 'prometheus'
  number: DayNumber
  /** Value of the source minus that of PostgreSQL. Not 0. */
  difference: number
  isOver: boolean
  /** Loki and Prometheus agree with each other and differ from PostgreSQL. */
  isShared: boolean
  readings: Record<'loki' | 'prometheus', DayReading | null>
}

/** Causes that can explain a difference of this kind, the most specific first; `unknown` if there is none. */
export function likelyCauses({ source, number, difference, isOver, isShared, readings }: Differing): Cause[] {
  if (readings[source]?.signs.includes('no_data') === true) return ['no_data']
  const signs = new Set<DaySign>([...(readings.loki?.signs ?? []), ...(readings.prometheus?.signs ?? [])])
  const isMissing = difference < 0
  // a model call is logged and counted when it returns, and stored later, with its message
  const isStoredLater = number === 'llm_calls' || number === 'tokens' || number === 'cost_rub'

  const found: Cause[] = []
  if (!isOver) found.push('day_not_over')
  if (isShared && !(isStoredLater && signs.has('restart')))
    return [...found, isMissing ? 'not_published' : 'row_missing']

  const explains: Record<Exclude<DaySign, 'no_data'>, boolean> = {
    restart: isMissing || isStoredLater,
    lost_scrape: source === 'prometheus',
    events_waited: source === 'prometheus' || (!isMissing && isStoredLater),
    logs_waiting: source === 'loki' && isMissing,
    lines_lost: source === 'loki' && isMissing,
  }
  for (const sign of ['lines_lost', 'restart', 'lost_scrape', 'events_waited', 'logs_waiting'] as const)
    if (signs.has(sign) && explains[sign]) found.push(sign)
  if (found.length > 0) return found
  return [source === 'loki' && !isMissing ? 'repeated' : 'unknown']
}
