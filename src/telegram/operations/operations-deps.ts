import type { StreamState } from '../../assistant/model/streams.ts'
import type { WaitingFacts } from '../../events/open-events.ts'
import type { MetricSums } from '../../telemetry/services/metric-sums.ts'
import type { ServiceWatch } from '../../telemetry/services/service-watch.ts'
import type { RefusalStore } from '../queue/refusal-store.ts'

/** An alert that fires now, as far as the operator reads it in a list. */
export interface FiringAlert {
  summary: string
  severity: 'critical' | 'warning' | 'info'
  since: Date
}

/** What the composition root lends the commands about the running process. */
export interface Operations {
  services: Pick<ServiceWatch, 'look'>
  metrics: MetricSums
  waiting: WaitingFacts
  /** Null when no streams of the model are counted. */
  queue: { streams: () => StreamState; refusals: Pick<RefusalStore, 'counts'> } | null
  /** Null if alerts are evaluated elsewhere, not in this process. */
  firing: () => readonly FiringAlert[] | null
  startedAt: Date
  version: string
  /** Number of this replica by its DATA_DIR, and how many have had one; null for a DATA_DIR of one process. */
  replica: { number: number; known: number } | null
  /** What 24 hours of model calls may cost. */
  llmBudgetRub: number
}
