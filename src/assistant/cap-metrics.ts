import { Counter, Gauge } from 'prom-client'
import type { MetricRegistry } from '../telemetry/registry.ts'

/** Caps on what the model may cost: of a user or of the day, above the soft one cheaper answers, above the hard one none. */
const caps = ['user_soft', 'day_soft', 'user_hard', 'day_hard'] as const
export type Cap = (typeof caps)[number]

/** Counts the messages that a cap changed, and shows which cap of the day is reached: `state` is asked at each scrape. */
export function createCapMetrics(register: MetricRegistry, state: () => 0 | 1 | 2) {
  const registers = [register]
  const messages = new Counter({
    name: 'bot_llm_capped_messages_total',
    help: 'Messages answered more cheaply (soft) or without the model (hard) because the day, or its user, has cost the cap',
    labelNames: ['cap'],
    registers,
  })
  for (const cap of caps) messages.inc({ cap }, 0)
  new Gauge({
    name: 'bot_llm_cap_state',
    help: 'What this calendar day has cost for all users, against the caps: 0 below, 1 soft cap reached, 2 hard cap reached',
    registers,
    collect() {
      this.set(state())
    },
  })
  return { capped: (cap: Cap) => messages.inc({ cap }) }
}
