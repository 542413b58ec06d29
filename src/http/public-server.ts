import express, { type RequestHandler } from 'express'
import type { Log } from '../telemetry/log.ts'
import { failed, notFound } from './fallbacks.ts'
import { createHttpServer, type HttpServer } from './http-server.ts'

export interface PublicServerOptions {
  port: number
  host?: string | undefined
  log: Log
  /** How large a request body may be, as express takes it; Telegram's updates stay far below the default. */
  bodyLimit?: string
  /** How long stop() waits for running requests. */
  graceMs?: number
}

export interface PublicServer extends HttpServer {
  /** Serves POST requests with a JSON body on exactly this path; all else is 404. */
  mount(path: string, handler: RequestHandler): void
}

/** The server the internet reaches: Telegram's webhook and nothing that was not mounted. */
export function createPublicServer(options: PublicServerOptions): PublicServer {
  const app = express().disable('x-powered-by').disable('etag')
  const routes = express.Router({ strict: true, caseSensitive: true })
  app.use(routes, notFound, failed('public', options.log))
  const server = createHttpServer({
    listener: app,
    port: options.port,
    host: options.host,
    setting: 'HTTP_PORT',
    maxConnections: 1000,
    ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
  })
  return {
    ...server,
    mount(path, handler) {
      routes.post(path, express.json({ limit: options.bodyLimit ?? '1mb' }), handler)
    },
  }
}
