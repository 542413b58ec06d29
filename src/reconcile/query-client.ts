import { Counter } from 'prom-client'
import { AppError, TimeoutError, UpstreamError } from '../errors.ts'
import { createDurationHistogram } from '../telemetry/duration-histogram.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'

type QueryUpstream = 'loki' | 'prometheus'
const queryOutcomes = ['ok', 'failed', 'timeout'] as const

export interface QueryMetrics {
  asked(upstream: QueryUpstream, outcome: (typeof queryOutcomes)[number], seconds: number): void
}

/** Metrics of the queries to Loki and Prometheus; each attempt is counted, retries included. */
export function createQueryMetrics(register: MetricRegistry): QueryMetrics {
  const attempts = new Counter({
    name: 'bot_telemetry_queries_total',
    help: 'Attempts to query Loki or Prometheus, repeats included, by how they ended',
    labelNames: ['upstream', 'outcome'],
    registers: [register],
  })
  const duration = createDurationHistogram(register, {
    name: 'bot_telemetry_query_duration_seconds',
    help: 'Time of one attempt to query Loki or Prometheus',
    labelNames: ['upstream'],
    buckets: [0.05, 0.25, 1, 5, 20, 60],
  })
  for (const upstream of ['loki', 'prometheus'] as const) {
    for (const outcome of queryOutcomes) attempts.inc({ upstream, outcome }, 0)
    duration.zero({ upstream })
  }
  return {
    asked(upstream, outcome, seconds) {
      attempts.inc({ upstream, outcome })
      duration.observe({ upstream }, seconds)
    },
  }
}

/** Sends a query and resolves to the JSON of the answer. Rejects with an AppError. */
export type Ask = (path: string, params: Record<string, string>) => Promise<unknown>

export interface QueryClientDeps {
  upstream: QueryUpstream
  /** Base URL; credentials in it are sent as a header. */
  url: string
  metrics: QueryMetrics
  sleep: (ms: number) => Promise<void>
  timeoutMs?: number
  /** Aborts queries in flight; they are not retried. */
  stop?: AbortSignal | undefined
}

const tries = 3
const firstPauseMs = 500

/** Creates a client of HTTP GET queries with a timeout. Transient failures are tried three times in all. */
export function createQueryClient({ upstream, url, metrics, sleep, timeoutMs = 60_000, stop }: QueryClientDeps): Ask {
  const base = new URL(url.endsWith('/') ? url : `${url}/`)
  const credentials = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`
  base.username = ''
  base.password = ''
  const headers: Record<string, string> =
    credentials === ':' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }

  const fetchOnce = async (address: URL): Promise<unknown> => {
    const timeout = AbortSignal.timeout(timeoutMs)
    try {
      const signal = stop === undefined ? timeout : AbortSignal.any([timeout, stop])
      const response = await fetch(address, { headers, signal })
      const text = await response.text()
      if (response.ok) return JSON.parse(text)
      // the body may quote the query, so the error has the status only
      const mayPass = response.status >= 500 || response.status === 429
      throw new UpstreamError(upstream, response.status, 'query refused', mayPass)
    } catch (err) {
      if (err instanceof AppError) throw err
      if (timeout.aborted) throw new TimeoutError(upstream, timeoutMs, err)
      const detail = err instanceof SyntaxError ? 'unreadable answer' : 'no connection'
      throw new UpstreamError(upstream, null, detail, stop?.aborted !== true, err)
    }
  }
  const measured = async (address: URL): Promise<unknown> => {
    const startedAt = performance.now()
    const seconds = () => (performance.now() - startedAt) / 1000
    try {
      const answer = await fetchOnce(address)
      metrics.asked(upstream, 'ok', seconds())
      return answer
    } catch (err) {
      metrics.asked(upstream, err instanceof TimeoutError ? 'timeout' : 'failed', seconds())
      throw err
    }
  }

  return async (path, params) => {
    const address = new URL(path, base)
    address.search = new URLSearchParams(params).toString()
    for (let attempt = 1; ; attempt++) {
      try {
        return await measured(address)
      } catch (err) {
        if (!(err instanceof AppError) || !err.retryable || attempt >= tries) throw err
        await sleep(firstPauseMs * 2 ** (attempt - 1))
      }
    }
  }
}
