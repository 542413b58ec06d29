import { Counter, Gauge } from 'prom-client'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { eventTypes } from './catalogue.ts'

interface Backlog {
  waiting: () => { disk: number; memory: number }
  heldUsers: () => number
}

/** What became of business facts: events stored, facts waiting, facts refused or lost. */
export const createEventMetrics = (register: MetricRegistry, { waiting, heldUsers }: Backlog) => {
  const registers = [register]
  const recorded = new Counter({
    name: 'bot_events_recorded_total',
    help: 'Business events stored in PostgreSQL, by type',
    labelNames: ['event_type'] as const,
    registers,
  })
  for (const event_type of eventTypes) recorded.inc({ event_type }, 0)
  const carts = new Counter({
    name: 'bot_carts_recorded_total',
    help: 'Rows cart_created stored in PostgreSQL: first versions, which are the carts, and corrections of them',
    labelNames: ['version'] as const,
    registers,
  })
  for (const version of ['first', 'correction']) carts.inc({ version }, 0)
  const messages = new Counter({
    name: 'bot_messages_recorded_total',
    help: 'Messages counted in PostgreSQL: not commands, each delivery after the first left out',
    registers,
  })
  new Gauge({
    name: 'bot_events_waiting',
    help: 'Business facts accepted and not yet in PostgreSQL, by place',
    labelNames: ['place'] as const,
    registers,
    collect() {
      const { disk, memory } = waiting()
      this.set({ place: 'disk' }, disk)
      this.set({ place: 'memory' }, memory)
    },
  })
  new Gauge({
    name: 'bot_events_held_users',
    help: 'Users whose facts PostgreSQL fails on while it takes those of others: they wait apart and are tried again',
    registers,
    collect() {
      this.set(heldUsers())
    },
  })
  const lost = new Counter({
    name: 'bot_events_lost_total',
    help: 'Business facts that will not reach PostgreSQL without help: refused by it (dead-letter.ndjson), in a spool file that is unreadable (*.quarantined) or vanished, undeclared, or dropped because disk and database both failed',
    labelNames: ['reason'] as const,
    registers,
  })
  for (const reason of ['refused', 'overflow', 'undeclared', 'unreadable', 'vanished']) lost.inc({ reason }, 0)
  const batchFacts = new Gauge({
    name: 'bot_events_last_batch_facts',
    help: 'Facts in the batch stored last',
    registers,
  })
  return { recorded, carts, messages, lost, batchFacts }
}

export type EventMetrics = ReturnType<typeof createEventMetrics>
