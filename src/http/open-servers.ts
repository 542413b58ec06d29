import type { RequestHandler } from 'express'
import type { Teardown } from '../process/teardown.ts'
import { type AlertReceiverOptions, createAlertReceiver } from './alert-receiver.ts'
import { createMetricsServer, type MetricsServerOptions } from './metrics-server.ts'
import { createPublicServer } from './public-server.ts'

export interface ServersDeps extends Pick<MetricsServerOptions, 'register' | 'version' | 'log'> {
  settings: {
    http: { port: number; metricsPort: number }
    metricsHost?: string | undefined
    telegram: { webhook?: { url: string } | undefined }
  }
  /** Why a part cannot serve, by its name; undefined when it can. May reject. */
  problems: Record<string, () => Promise<string | undefined> | string | undefined>
  /** Takes in what Alertmanager sends; null where there is none. */
  alerts?: AlertReceiverOptions | null
  /** Answers the POST requests of Telegram; null when updates are polled for. */
  webhook: RequestHandler | null
  teardown: Teardown
}

/** Opens the metrics server and, with a webhook, the public one. Returns the address of the metrics. Throws StartupError. */
export async function openServers({
  settings,
  problems,
  alerts,
  webhook,
  teardown,
  ...options
}: ServersDeps): Promise<string> {
  const { http, metricsHost, telegram } = settings
  const checks = Object.entries(problems).map(([name, problem]) => ({ name, check: async () => problem() }))
  const metricsServer = createMetricsServer({
    ...options,
    checks,
    alertReceiver: alerts ? createAlertReceiver(alerts) : undefined,
    port: http.metricsPort,
    host: metricsHost,
  })
  const metricsPort = await metricsServer.start()
  teardown.add(() => metricsServer.stop())
  if (webhook !== null && telegram.webhook !== undefined) {
    const server = createPublicServer({ port: http.port, log: options.log })
    server.mount(new URL(telegram.webhook.url).pathname, webhook)
    await server.start()
    teardown.add(() => server.stop())
  }
  return `http://127.0.0.1:${metricsPort}/metrics`
}
