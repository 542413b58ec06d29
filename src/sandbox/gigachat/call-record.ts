import type { IncomingHttpHeaders } from 'node:http'
import type { RequestHandler } from 'express'

export type CallRoute = 'oauth' | 'chat' | 'models' | 'tokens' | 'balance'

/** One request as it arrived, refused ones included. `body` stays undefined when it was never read. */
export interface RecordedCall {
  route: CallRoute
  headers: IncomingHttpHeaders
  body: unknown
}

const kept = 200

/** The last requests, oldest first, for tests to look at. */
export function createCallRecord() {
  const calls: RecordedCall[] = []
  return {
    calls: calls as readonly RecordedCall[],
    /** Notes that a request arrived; `noteBody` completes the entry once the body is read. */
    note:
      (route: CallRoute): RequestHandler =>
      (req, res, next) => {
        const call: RecordedCall = { route, headers: req.headers, body: undefined }
        calls.push(call)
        if (calls.length > kept) calls.shift()
        res.locals.noteBody = (body: unknown) => {
          call.body = body
        }
        next()
      },
    noteBody: ((req, res, next) => {
      res.locals.noteBody(req.body)
      next()
    }) satisfies RequestHandler,
    clear: () => {
      calls.length = 0
    },
  }
}
