import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { Log } from '../telemetry/log.ts'

/** Answers requests that no route handled. */
export const notFound: RequestHandler = (_request, response) => {
  response.status(404).json({ error: 'not found' })
}

/** Answers a failed request without details; server errors (5xx) are logged with the name of the server. */
export const failed =
  (server: string, log: Log): ErrorRequestHandler =>
  (err, _request, response, next) => {
    const status = statusOf(err)
    if (status >= 500) log.error('http_failed', { operation: server, status, err })
    if (response.headersSent) return next(err) // express cuts the connection: half an answer must not look whole
    response.status(status).json({ error: status >= 500 ? 'internal error' : 'bad request' })
  }

function statusOf(err: unknown): number {
  const status = typeof err === 'object' && err !== null && 'status' in err ? err.status : undefined
  return typeof status === 'number' && status >= 400 && status <= 599 ? status : 500
}
