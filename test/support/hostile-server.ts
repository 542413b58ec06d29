import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived. */
interface ReceivedRequest {
  path: string
  headers: Record<string, string | undefined>
  body: string
}

/** Answers one request in any way HTTP allows, or forbids. */
export type Behaviour = (res: ServerResponse, request: ReceivedRequest) => void

export interface HostileServer {
  url: string
  /** Every request so far, oldest first. */
  received: ReceivedRequest[]
  /** Behaviours for the next requests to `path`, in order; the last one stays. */
  plan(path: string, ...behaviours: Behaviour[]): void
  close(): Promise<void>
}

/** A server on a free port of the loopback that does exactly what its plan says, right or wrong. */
export async function startHostileServer(): Promise<HostileServer> {
  const plans = new Map<string, Behaviour[]>()
  const received: ReceivedRequest[] = []
  const answer = async (req: IncomingMessage, res: ServerResponse) => {
    let body = ''
    for await (const chunk of req.setEncoding('utf8')) body += chunk
    const headers = Object.fromEntries(Object.entries(req.headers).map(([name, value]) => [name, value?.toString()]))
    const request = { path: req.url ?? '', headers, body }
    received.push(request)
    const plan = plans.get(request.path) ?? []
    const behaviour = plan.length > 1 ? plan.shift() : plan[0]
    if (behaviour === undefined) res.writeHead(501).end()
    else behaviour(res, request)
  }
  const server = createServer((req, res) => {
    answer(req, res).catch(err => res.destroy(err))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    plan: (path, ...behaviours) => void plans.set(path, behaviours),
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

export const replyJson =
  (status: number, body: unknown, headers: Record<string, string> = {}): Behaviour =>
  res =>
    void res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

export const replyHtml =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  res =>
    void res.writeHead(status, { 'content-type': 'text/html', ...headers }).end('<html><body>gateway</body></html>')

/** Cuts the connection with a reset before any answer. */
export const resetConnection: Behaviour = res => void res.socket?.resetAndDestroy()

/** Takes the request and never answers. */
export const hang: Behaviour = () => undefined

/** Sends the status line and a first piece of the body, never the rest. */
export const hangInBody: Behaviour = res =>
  void res.writeHead(200, { 'content-type': 'application/json' }).write('{"choices":')

/** Sends half an answer and cuts the connection. */
export const resetInBody: Behaviour = res => {
  res.writeHead(200, { 'content-type': 'application/json' })
  res.write('{"choices":', () => res.socket?.resetAndDestroy())
}

/** More body than anyone should read. */
export const flood: Behaviour = res => {
  res.writeHead(200, { 'content-type': 'application/json' })
  const piece = Buffer.alloc(64 * 1024, ' ')
  const pour = () => {
    while (!res.destroyed && res.write(piece));
  }
  res.on('drain', pour)
  pour()
}
