import express, { type RequestHandler } from 'express'
import { Registry } from 'prom-client'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { failed, notFound } from './fallbacks.ts'
import { createHttpServer, type HttpServer } from './http-server.ts'
import { createReadiness, type ReadinessCheck } from './readiness.ts'
import { prefersOpenMetrics } from './scrape-format.ts'
import { createServiceMetrics } from './service-metrics.ts'
import { toTextFormat } from './text-format.ts'

export interface MetricsServerOptions {
  port: number
  host?: string | undefined
  register: MetricRegistry
  checks: readonly ReadinessCheck[]
  version: string
  log: Log
  /** Answers POST /alerts, where Alertmanager sends its messages; without it that is 404. */
  alertReceiver?: readonly RequestHandler[] | undefined
  /** How long one check may take. */
  checkTimeoutMs?: number
}

/**
 * Serves `/metrics` (OpenMetrics if the Accept header prefers it), `/health` (the process lives) and `/ready` (it can serve;
 * 503 with the list of problems otherwise).
 */
export function createMetricsServer(options: MetricsServerOptions): HttpServer {
  const { register, log, version } = options
  const problems = createReadiness(options.checks, options.checkTimeoutMs ?? 2_000)
  createServiceMetrics({ register, version, checks: options.checks.map(({ name }) => name), problems })
  const app = express().disable('x-powered-by').disable('etag')

  app.get('/metrics', async (request, response) => {
    const openMetrics = await register.metrics()
    const asOpenMetrics = prefersOpenMetrics(request)
    response
      .set('content-type', asOpenMetrics ? Registry.OPENMETRICS_CONTENT_TYPE : Registry.PROMETHEUS_CONTENT_TYPE)
      .set('vary', 'Accept')
      .send(Buffer.from(asOpenMetrics ? openMetrics : toTextFormat(openMetrics)))
  })
  app.get('/health', (_request, response) => {
    response.json({ status: 'alive', version, uptime_seconds: Math.floor(process.uptime()) })
  })
  app.get('/ready', async (_request, response) => {
    const found = await problems()
    response
      .status(found.length === 0 ? 200 : 503)
      .json({ status: found.length === 0 ? 'ready' : 'not ready', problems: found })
  })
  if (options.alertReceiver !== undefined) app.post('/alerts', ...options.alertReceiver)
  app.use(notFound, failed('metrics', log))

  return createHttpServer({
    listener: app,
    port: options.port,
    host: options.host,
    setting: 'METRICS_PORT',
    maxConnections: 100,
  })
}
