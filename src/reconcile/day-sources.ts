import type { ReadDay } from './day-reading.ts'
import { createLokiReader } from './loki-reader.ts'
import { createPrometheusReader } from './prometheus-reader.ts'
import { createQueryClient, type QueryMetrics } from './query-client.ts'

/** Where the log lines and metrics of this bot are stored. */
export interface DaySourceSettings {
  /** Value of the label `env`. */
  env: string
  log: { level: string }
  lokiUrl?: string | undefined
  prometheusUrl?: string | undefined
}

export interface DaySourcesDeps {
  settings: DaySourceSettings
  metrics: QueryMetrics
  sleep: (ms: number) => Promise<void>
  now: () => Date
  stop?: AbortSignal
}

/** Readers of Loki and Prometheus, or why there is none: no URL is set, or LOG_LEVEL suppresses the lines to be counted. */
export function createDaySources({ settings, metrics, sleep, now, stop }: DaySourcesDeps): {
  loki: ReadDay | 'not_configured' | 'log_level'
  prometheus: ReadDay | 'not_configured'
} {
  const { env, log, lokiUrl, prometheusUrl } = settings
  const client = (upstream: 'loki' | 'prometheus', url: string) =>
    createQueryClient({ upstream, url, metrics, sleep, stop })
  const writesInfo = log.level === 'info' || log.level === 'debug'
  const loki = lokiUrl === undefined ? 'not_configured' : createLokiReader({ ask: client('loki', lokiUrl), env, now })
  return {
    loki: lokiUrl === undefined || writesInfo ? loki : 'log_level',
    prometheus:
      prometheusUrl === undefined
        ? 'not_configured'
        : createPrometheusReader({ ask: client('prometheus', prometheusUrl), env, now }),
  }
}
