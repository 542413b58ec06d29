import type { MetricRegistry } from '../telemetry/registry.ts'
import type { ReadDay } from './day-reading.ts'
import { createLokiReader } from './loki-reader.ts'
import { createPrometheusReader } from './prometheus-reader.ts'
import { createQueryClient, createQueryMetrics } from './query-client.ts'

/** Where the lines and metrics of this bot are. */
export interface DaySourceSettings {
  /** Label `env`. */
  env: string
  log: { level: string }
  lokiUrl?: string | undefined
  prometheusUrl?: string | undefined
}

export interface DaySourcesDeps {
  settings: DaySourceSettings
  register: MetricRegistry
  sleep: (ms: number) => Promise<void>
  now: () => Date
  stop?: AbortSignal
}

/** Where else the numbers of a day can be read, or why they cannot: no address is set, or LOG_LEVEL keeps the lines back. */
export function createDaySources({ settings, register, sleep, now, stop }: DaySourcesDeps): {
  loki: ReadDay | 'not_configured' | 'log_level'
  prometheus: ReadDay | 'not_configured'
} {
  const metrics = createQueryMetrics(register)
  const { env, log, lokiUrl, prometheusUrl } = settings
  const client = (upstream: 'loki' | 'prometheus', url: string) =>
    createQueryClient({ upstream, url, metrics, sleep, stop })
  const tellsAll = log.level === 'info' || log.level === 'debug'
  const loki = lokiUrl === undefined ? 'not_configured' : createLokiReader({ ask: client('loki', lokiUrl), env, now })
  return {
    loki: lokiUrl === undefined || tellsAll ? loki : 'log_level',
    prometheus:
      prometheusUrl === undefined
        ? 'not_configured'
        : createPrometheusReader({ ask: client('prometheus', prometheusUrl), env, now }),
  }
}
