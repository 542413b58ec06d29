import { Gauge, Histogram } from 'prom-client'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import type { InboxState } from './inbox-store.ts'

export interface InboxMetrics {
  /** An update waited so many seconds in the inbox. */
  waited(seconds: number): void
  state(state: InboxState): void
}

/** Counts what waits in the inbox. The gauges speak of the whole inbox, so each process says the same. */
export function createInboxMetrics(register: MetricRegistry): InboxMetrics {
  const waits = new Histogram({
    name: 'bot_inbox_wait_seconds',
    help: 'Time from storing an update until a process began to work on it',
    buckets: [0.1, 1, 5, 30, 300],
    registers: [register],
  })
  const waiting = new Gauge({
    name: 'bot_inbox_waiting',
    help: 'Updates in the inbox: waiting for a process, in flight, or quarantined after ten attempts',
    labelNames: ['state'],
    registers: [register],
  })
  const oldest = new Gauge({
    name: 'bot_inbox_oldest_seconds',
    help: 'Age of the oldest update in the inbox that is not quarantined; 0 when there is none',
    registers: [register],
  })
  const show = ({ waiting: free, in_flight, quarantined, oldest_seconds }: Omit<InboxState, 'others'>) => {
    waiting.set({ state: 'waiting' }, free)
    waiting.set({ state: 'in_flight' }, in_flight)
    waiting.set({ state: 'quarantined' }, quarantined)
    oldest.set(oldest_seconds)
  }
  show({ waiting: 0, in_flight: 0, quarantined: 0, oldest_seconds: 0 })
  return { waited: seconds => waits.observe(seconds), state: show }
}
