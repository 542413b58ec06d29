import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StartupError } from '../errors.ts'

export interface HttpServer {
  /** Listens, and resolves to the port. Rejects with a StartupError that says what to do. */
  start(): Promise<number>
  /** Stops accepting, lets requests in flight finish for `graceMs`, then closes their connections. May be called twice. */
  stop(): Promise<void>
}

export interface HttpServerOptions {
  listener: RequestListener
  /** 0 for any free port. */
  port: number
  /** Default: all interfaces. */
  host?: string | undefined
  /** The setting that holds the port, for the error that names it. */
  setting: string
  maxConnections: number
  /** How long stop() waits for requests in flight. Default: 5 s. */
  graceMs?: number
  /** Timeouts of receiving the headers, and the whole request. */
  limits?: { headersMs: number; requestMs: number }
}

export const clientLimits = { headersMs: 5_000, requestMs: 15_000 }
/** Interval at which node checks these timeouts; its default is 30 s. */
const limitsCheckedMs = 1_000
const idleSocketMs = 60_000

/** Creates an HTTP server with timeouts, a connection limit, and start-up errors an operator can act on. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { headersMs, requestMs } = options.limits ?? clientLimits
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(headersMs, limitsCheckedMs),
    },
    options.listener,
  )
  server.maxConnections = options.maxConnections
  server.setTimeout(idleSocketMs)
  let stopped: Promise<void> | undefined

  return {
    start: () =>
      new Promise((resolve, reject) => {
        server.once('error', err => reject(new StartupError(describe(err, options), { cause: err })))
        server.listen({ port: options.port, host: options.host }, () => resolve(portOf(server.address())))
      }),
    stop() {
      stopped ??= new Promise(resolve => {
        if (!server.listening) return resolve()
        const cut = setTimeout(() => server.closeAllConnections(), options.graceMs ?? 5_000)
        // a connection whose last request ends after close() would stay open for the next one
        const sweep = setInterval(() => server.closeIdleConnections(), 20)
        server.close(() => {
          clearTimeout(cut)
          clearInterval(sweep)
          resolve()
        })
      })
      return stopped
    },
  }
}

const portOf = (address: AddressInfo | string | null) => (typeof address === 'object' ? (address?.port ?? 0) : 0)

function describe(err: Error, { port, host, setting }: HttpServerOptions): string {
  const code = 'code' in err ? err.code : ''
  if (code === 'EADDRINUSE') return `port ${port} is taken by another program: stop it or set another ${setting}`
  if (code === 'EACCES') return `port ${port} needs more rights: set ${setting} above 1023`
  if (code === 'EADDRNOTAVAIL') return `this machine has no address ${host}: ${setting} cannot be served there`
  return `cannot listen on port ${port} (${setting})`
}
