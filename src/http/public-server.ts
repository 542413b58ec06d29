import express, { type RequestHandler } from 'express'
import type { Log } from '../telemetry/log.ts'
import { failed, notFound } from './fallbacks.ts'
import { createHttpServer, type HttpServer } from './http-server.ts'

export interface PublicServerOptions {
  port: number
  host?: string | undefined
  log: Log
  /** How long stop() waits for requests in flight. */
  graceMs?: number
}

export interface PublicServer extends HttpServer {
  /** Serves POST requests on exactly this path; all else is 404. The handler reads the body, after it authenticated the sender. */
  mount(path: string, handler: RequestHandler): void
}

/** Creates the server that is reachable from the internet: it serves Telegram's webhook and only mounted paths. */
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
