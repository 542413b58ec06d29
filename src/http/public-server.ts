import express, { type RequestHandler } from 'express'
import type { Log } from '../telemetry/log.ts'
import { failed, notFound } from './fallbacks.ts'
import { createHttpServer, type HttpServer } from './http-server.ts'

export interface PublicServerOptions {
  port: number
  host?: string | undefined
  log: Log
  /** How long stop() waits for running requests. */
  graceMs?: number
}

export interface PublicServer extends HttpServer {
  /** Serves POST requests on exactly this path; all else is 404. The handler reads the body, once it knows who sends it. */
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
      routes.post(path, handler)
    },
  }
}
