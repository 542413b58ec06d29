import { Counter, Gauge } from 'prom-client'
import type { StreamState } from '../../assistant/model/streams.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import type { WaitingUsers } from './waiting-users.ts'

const reminderOutcomes = ['wanted', 'sent'] as const

export interface QueueMetrics {
  refused(): void
  reminder(outcome: (typeof reminderOutcomes)[number]): void
}

export interface QueueMetricsDeps {
  register: MetricRegistry
  streams: () => StreamState
  waitingUsers: Pick<WaitingUsers, 'count' | 'oldestMs'>
}

/** Counts who waits for the model in this process, and who was refused. The estimate is of the queue of all processes. */
export function createQueueMetrics({ register, streams, waitingUsers }: QueueMetricsDeps): QueueMetrics {
  const registers = [register]
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  gauge('bot_queue_waiting', 'Users of this process who wait for the model', waitingUsers.count)
  gauge(
    'bot_queue_oldest_seconds',
    'How long the user of this process who waits longest for the model has waited; 0 when none waits',
    () => waitingUsers.oldestMs() / 1000,
  )
  gauge(
    'bot_queue_estimate_seconds',
    'Estimated wait of a message that came now for the model; 0 when it would not wait',
    () => (streams().ofNew?.waitMs ?? 0) / 1000,
  )
  const refusals = new Counter({
    name: 'bot_queue_refusals_total',
    help: 'Requests refused because the wait for the model would be too long',
    registers,
  })
  const reminders = new Counter({
    name: 'bot_queue_reminders_total',
    help: 'Reminders that the queue is short again: wanted by users who were refused, and sent',
    labelNames: ['outcome'],
    registers,
  })
  for (const outcome of reminderOutcomes) reminders.inc({ outcome }, 0)
  return { refused: () => refusals.inc(), reminder: outcome => reminders.inc({ outcome }) }
}
