import { Counter, Gauge } from 'prom-client'
import { createDurationHistogram } from '../telemetry/duration-histogram.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { type Operation, operations } from './tools.ts'

/** Outcomes of an attempt to call the shop; `not_sent`: rejected by the open circuit or the full queue. */
const callOutcomes = ['ok', 'rate_limited', 'timeout', 'failed', 'refused', 'not_sent'] as const
export type McpCallOutcome = (typeof callOutcomes)[number]

const cacheResults = ['hit', 'miss', 'coalesced'] as const
export type CacheResult = (typeof cacheResults)[number]
type CachedTool = 'vkusvill_products_search' | 'vkusvill_product_details'

/** Metrics of the shop client. */
export interface ShopMetrics {
  call(tool: Operation, outcome: McpCallOutcome): void
  callDuration(tool: Operation, seconds: number): void
  cache(tool: CachedTool, result: CacheResult): void
  limiterWait(seconds: number): void
  /** `until` is when a call will try the shop again; null closes the circuit. */
  circuitOpen(until: Date | null): void
  itemsSkipped(count: number): void
}

/** Creates the metrics of the shop client. Each attempt is counted, retries included. */
export function createShopMetrics(register: MetricRegistry): ShopMetrics {
  const registers = [register]
  const calls = new Counter({
    name: 'bot_shop_calls_total',
    help: 'Attempts to call a tool of the shop, repeats included, by how they ended',
    labelNames: ['tool', 'outcome'],
    registers,
  })
  const duration = createDurationHistogram(register, {
    name: 'bot_shop_call_duration_seconds',
    help: 'Time from sending a call to the shop until its answer was read, without waiting in the queue',
    labelNames: ['tool'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30],
  })
  const cache = new Counter({
    name: 'bot_shop_cache_requests_total',
    help: 'Requests to the shop cache: served from it, loaded, or joined to a load in flight',
    labelNames: ['tool', 'result'],
    registers,
  })
  const wait = createDurationHistogram(register, {
    name: 'bot_shop_limiter_wait_seconds',
    help: 'Time a call waited for its turn under our own request limit',
    labelNames: [],
    buckets: [0.001, 0.1, 0.5, 1, 2, 5, 10, 20, 30],
  })
  const circuit = new Gauge({
    name: 'bot_shop_circuit_open',
    help: '1 while the circuit to the shop is open after failures, 0 otherwise',
    registers,
  })
  const retry = new Gauge({
    name: 'bot_shop_circuit_retry_timestamp_seconds',
    help: 'From when on a call tries the shop again while the circuit is open, 0 otherwise',
    registers,
  })
  const skipped = new Counter({
    name: 'bot_shop_items_skipped_total',
    help: 'Products in search answers that could not be parsed and were skipped',
    registers,
  })

  wait.zero({})
  for (const tool of operations) {
    for (const outcome of callOutcomes) calls.inc({ tool, outcome }, 0)
    duration.zero({ tool })
  }
  for (const tool of ['vkusvill_products_search', 'vkusvill_product_details'])
    for (const result of cacheResults) cache.inc({ tool, result }, 0)

  return {
    call: (tool, outcome) => calls.inc({ tool, outcome }),
    callDuration: (tool, seconds) => duration.observe({ tool }, seconds),
    cache: (tool, result) => cache.inc({ tool, result }),
    limiterWait: seconds => wait.observe({}, seconds),
    circuitOpen: until => {
      circuit.set(until === null ? 0 : 1)
      retry.set((until?.getTime() ?? 0) / 1000)
    },
    itemsSkipped: count => skipped.inc(count),
  }
}
