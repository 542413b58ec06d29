import { Counter, Histogram } from 'prom-client'
import { scenarios } from '../events/catalogue.ts'
import { createDurationHistogram } from '../telemetry/duration-histogram.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { toolNames } from './tools/tool.ts'

/** What came of a call: done, failed, refused by a rule of ours, answered from memory, or given to a tool declared unavailable. */
const toolOutcomes = ['ok', 'error', 'refused', 'duplicate', 'unavailable'] as const
export type ToolOutcome = (typeof toolOutcomes)[number]

/** A name the model made up; its own spelling never becomes a label. */
export const unknownTool = 'unknown'

export type AssistantMetrics = ReturnType<typeof createAssistantMetrics>

/** Tool calls, steps of an answer, carts. */
export function createAssistantMetrics(register: MetricRegistry) {
  const toolCalls = new Counter({
    name: 'bot_tool_calls_total',
    help: 'Function calls of the model by tool and outcome',
    labelNames: ['tool', 'outcome'],
    registers: [register],
  })
  const toolDuration = createDurationHistogram(register, {
    name: 'bot_tool_call_duration_seconds',
    help: 'Time an executed tool call took',
    labelNames: ['tool'],
    buckets: [0.005, 0.02, 0.1, 0.3, 1, 3, 10, 30, 60],
  })
  const steps = new Histogram({
    name: 'bot_answer_steps',
    help: 'Model turns one message needed',
    buckets: [1, 2, 3, 5, 8, 13, 20, 40],
    registers: [register],
  })
  const carts = new Counter({
    name: 'bot_carts_total',
    help: 'Cart links made, those of corrections included, by scenario',
    labelNames: ['scenario'],
    registers: [register],
  })
  for (const tool of [...toolNames, unknownTool])
    for (const outcome of toolOutcomes) toolCalls.inc({ tool, outcome }, 0)
  for (const tool of toolNames) toolDuration.zero({ tool })
  for (const scenario of scenarios) carts.inc({ scenario }, 0)
  return { toolCalls, toolDuration, steps, carts }
}
