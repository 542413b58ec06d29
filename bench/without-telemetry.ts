import { createRequire } from 'node:module'
import type { EventLoopMonitorOptions } from 'node:perf_hooks'
import { Counter, Gauge, Histogram } from 'prom-client'

const nothing = () => undefined

/**
 * Makes this process count, observe and sample nothing: metrics keep their first values, and Node's own (delay of the event loop,
 * collections of garbage) are not asked for. To be called before the first metric is created. Throws when something still counts.
 */
export function countNothing(): void {
  // each metric takes one of these as its own method when it is created; `inc` and `observe` of the prototype are never called
  Object.assign(Counter.prototype, { incWithoutExemplar: nothing, incWithExemplar: nothing })
  Object.assign(Histogram.prototype, { observeWithoutExemplar: nothing, observeWithExemplar: nothing })
  Object.assign(Gauge.prototype, { inc: nothing, dec: nothing, set: nothing, setToCurrentTime: nothing })
  // prom-client asks the CommonJS module for these when the default metrics are created
  const hooks: typeof import('node:perf_hooks') = createRequire(import.meta.url)('node:perf_hooks')
  const { monitorEventLoopDelay } = hooks
  hooks.monitorEventLoopDelay = (options?: EventLoopMonitorOptions) => {
    const monitor = monitorEventLoopDelay(options)
    monitor.enable = () => false
    return monitor
  }
  hooks.PerformanceObserver.prototype.observe = nothing
  assertNothingCounts()
}

function assertNothingCounts(): void {
  const created = { help: 'none', registers: [] }
  const counter = new Counter({ name: 'bench_counter', ...created })
  const withExemplar = new Counter({ name: 'bench_exemplar', enableExemplars: true, ...created })
  const histogram = new Histogram({ name: 'bench_histogram', ...created })
  counter.inc()
  withExemplar.inc({})
  histogram.observe(1)
  const values = [counter, withExemplar, histogram].map(metric => JSON.stringify(Object(metric).hashMap))
  const counted = values.filter(text => /"value":[1-9]|"count":[1-9]/.test(text))
  if (counted.length > 0) throw new Error(`telemetry still counts: ${counted.join(' ')}`)
}
