import { createQueueMetrics, type QueueMetricsDeps } from './metrics.ts'
import { createQueueGate, type QueueGate, type QueueGateDeps } from './queue-gate.ts'
import type { RefusalStore } from './refusal-store.ts'
import { createReminders, type Reminders, type RemindersDeps } from './reminders.ts'

export interface QueueDeps
  extends QueueMetricsDeps,
    Pick<QueueGateDeps, 'maxWaitMs' | 'placeOfNew'>,
    Pick<RemindersDeps, 'notify' | 'log'> {
  store: RefusalStore
}

/** What keeps the queue for the model short: who would wait too long is refused, and reminded later. */
export function openQueue(deps: QueueDeps): { gate: QueueGate; reminders: Reminders } {
  const streams = () => ({ ...deps.streams(), ofNew: deps.placeOfNew() })
  const metrics = createQueueMetrics({ ...deps, streams })
  return { gate: createQueueGate({ ...deps, metrics }), reminders: createReminders({ ...deps, streams, metrics }) }
}
