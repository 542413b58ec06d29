import type { Analytics } from '../../analytics/analytics.ts'
import { type Change, countChange } from '../../analytics/change.ts'
import type { ErrorNumbers, ErrorRow } from '../../analytics/numbers.ts'
import { comparedPeriods, type Period } from '../../analytics/period.ts'
import type { MetricSums } from '../../telemetry/services/metric-sums.ts'

/** Failures of a period, each number beside its change against the period before. */
export interface ErrorReport extends ErrorNumbers {
  /** Messages handled. */
  messages: number
  /** Null for a period of the running day alone. */
  change: Change | null
  kinds: (ErrorRow & { change: Change | null })[]
  /** Failures of commands and buttons since the process started: they are no messages, and no event is recorded of them. */
  others: { commands: number; buttons: number }
}

export interface ErrorReportDeps {
  analytics: Pick<Analytics, 'errors' | 'summary' | 'today'>
  metrics: MetricSums
}

/** How many codes are offered for a look. */
const codes = 6

/** Reads the failures of a period and what they are compared with. Rejects with an AppError while PostgreSQL is down. */
export async function readErrors({ analytics, metrics }: ErrorReportDeps, period: Period): Promise<ErrorReport> {
  const compared = comparedPeriods(period, analytics.today())
  const [numbers, { messages }, sides, commands, buttons] = await Promise.all([
    analytics.errors(period, codes),
    analytics.summary(period),
    compared && Promise.all([analytics.errors(compared.now, 0), analytics.errors(compared.before, 0)]),
    failures(metrics, 'command'),
    failures(metrics, 'callback_query'),
  ])
  const changeOf = (count: (side: ErrorNumbers) => number): Change | null =>
    sides && countChange(count(sides[0]), count(sides[1]))
  return {
    ...numbers,
    messages,
    change: changeOf(side => side.errors),
    kinds: numbers.kinds.map(kind => ({
      ...kind,
      change: changeOf(side => side.kinds.find(other => isSameKind(kind, other))?.errors ?? 0),
    })),
    others: { commands, buttons },
  }
}

const failures = async (metrics: MetricSums, type: string): Promise<number> =>
  (await metrics.sum('bot_updates_total', { type, outcome: 'failed' })) ?? 0

const isSameKind = (a: ErrorRow, b: ErrorRow): boolean => a.error_type === b.error_type && a.upstream === b.upstream
