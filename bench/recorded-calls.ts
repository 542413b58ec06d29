import type { RequestHandler } from 'express'

/** A call that a bot made to the services around it, as it went over the wire. */
export interface BenchCall {
  method: string
  path: string
  headers: Record<string, string>
  body: string
}

/** Of the headers those that a service looks at. */
const kept = [
  'content-type',
  'accept',
  'authorization',
  'x-session-id',
  'x-request-id',
  'mcp-session-id',
  'mcp-protocol-version',
]
/** Polling, and what a process does once or beside its messages. */
const notOfMessage = /\/(getUpdates|getMe|setMyCommands|setMyDescription|deleteWebhook|oauth)$|\/loki\//

/** Records every call of messages from `start()` on until `stop()`. */
export function createCallRecorder() {
  let calls: BenchCall[] | undefined
  const middleware: RequestHandler = (req, _res, next) => {
    const list = calls
    if (list !== undefined && !notOfMessage.test(req.path)) {
      const headers = kept.flatMap(name => {
        const value = req.headers[name]
        return typeof value === 'string' ? [[name, value]] : []
      })
      const call = { method: req.method, path: req.originalUrl, headers: Object.fromEntries(headers), body: '' }
      list.push(call)
      req.on('data', (chunk: Buffer) => {
        call.body += chunk.toString('latin1')
      })
      req.on('end', () => {
        call.body = Buffer.from(call.body, 'latin1').toString()
      })
    }
    next()
  }
  return {
    middleware,
    start: () => {
      calls = []
    },
    stop: (): BenchCall[] => {
      const recorded = calls ?? []
      calls = undefined
      return recorded
    },
  }
}
