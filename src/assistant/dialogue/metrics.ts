import { Counter } from 'prom-client'
import type { MetricRegistry } from '../../telemetry/registry.ts'

const dialogueOperations = ['load', 'save', 'clear'] as const
export type DialogueOperation = (typeof dialogueOperations)[number]

/** What the shared dialogue store did, and how often this process had to do without it. */
export function createDialogueMetrics(register: MetricRegistry) {
  const operations = new Counter({
    name: 'bot_dialogue_store_operations_total',
    help: 'Operations on the shared dialogue store; degraded ones were done from the memory of this process',
    labelNames: ['operation', 'outcome'],
    registers: [register],
  })
  for (const operation of dialogueOperations) {
    for (const outcome of ['ok', 'degraded']) operations.inc({ operation, outcome }, 0)
  }
  return {
    done: (operation: DialogueOperation) => operations.inc({ operation, outcome: 'ok' }),
    degraded: (operation: DialogueOperation) => operations.inc({ operation, outcome: 'degraded' }),
  }
}
