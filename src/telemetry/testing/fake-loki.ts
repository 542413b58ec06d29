import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { evaluateLogql, selectLines } from './loki-query.ts'
import { createLokiStore, defaultLimits, type LokiAnswer, type LokiLimits, type StoredLine } from './loki-store.ts'

/**
 * What happens to the pushes that come: `well` they are taken, `delayMs` after so long; `hang` they are read and never answered; `cut` the connection
 * breaks before Loki has stored anything, `cut_after` after it has stored everything, before the answer; else the answer is given, as
 * plain text unless `contentType` says otherwise.
 */
export type LokiFailure =
  | 'none'
  | 'hang'
  | 'cut'
  | 'cut_after'
  | { delayMs: number }
  | { status: number; retryAfter?: string; text?: string; contentType?: string }

export interface FakeLokiOptions {
  limits?: Partial<LokiLimits>
  now?: () => Date
  /** A real Loki: pushes go there and lines are read from there; failure modes and outages are still ours. */
  realLoki?: string | undefined
}

export interface FakeLoki {
  url: string
  failure: LokiFailure
  /** Status, or what was done instead, of each push so far. */
  readonly answers: ReadonlyArray<number | 'hung' | 'cut'>
  /** When each push came, in ms since the first start. */
  readonly authorizations: ReadonlyArray<string | undefined>
  /** As `kill -9` would: the port is closed and every connection breaks. */
  kill(): Promise<void>
  /** On the same port as before. */
  start(): Promise<void>
  /** Lines with this `env`, in the order of their time. */
  lines(env: string): Promise<StoredLine[]>
  /** Resolves when `holds` is true; looked at after each push, and every 50 ms, since not all that is waited for ends in a push. */
  until(holds: () => boolean | Promise<boolean>): Promise<void>
}

/**
 * Fake of Loki's push API over HTTP, as strict as the real one, with outages, delays, rate limits and rejections; and of the
 * part of its query API that reconciliation and the look-up of a request use.
 */
export async function startFakeLoki(options: FakeLokiOptions = {}): Promise<FakeLoki> {
  const store = createLokiStore({ ...defaultLimits, ...options.limits }, options.now ?? (() => new Date()))
  const answers: Array<number | 'hung' | 'cut'> = []
  const authorizations: Array<string | undefined> = []
  const watchers = new Set<() => void>()
  let server: Server | undefined
  let port = 0

  async function take(body: Buffer, encoding: string | undefined): Promise<LokiAnswer> {
    if (options.realLoki === undefined) return store.push(body, encoding)
    const response = await fetch(`${options.realLoki}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(encoding !== undefined && { 'content-encoding': encoding }) },
      body: new Uint8Array(body),
    })
    return { status: response.status, text: await response.text() }
  }

  async function answerQuery(path: string): Promise<LokiAnswer> {
    const { failure } = fake
    if (typeof failure === 'object' && 'status' in failure) return { status: failure.status, text: failure.text ?? '' }
    if (options.realLoki !== undefined) {
      const response = await fetch(options.realLoki + path)
      return { status: response.status, text: await response.text() }
    }
    const { searchParams, pathname } = new URL(path, fake.url)
    if (pathname.endsWith('/query_range')) return answerRange(searchParams)
    const time = BigInt(searchParams.get('time') ?? 0)
    const vector = evaluateLogql(searchParams.get('query') ?? '', [...store.lines()], time)
    const group = / by \((\w+)\)/.exec(searchParams.get('query') ?? '')?.[1]
    const result = [...vector].map(([key, value]) => ({
      metric: group === undefined ? {} : { [group]: key },
      value: [Number(time / 1_000_000_000n), String(value)],
    }))
    return { status: 200, text: JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }) }
  }

  /** Lines as streams, each with the labels of its lines. */
  function answerRange(params: URLSearchParams): LokiAnswer {
    const [from, to] = [BigInt(params.get('start') ?? 0), BigInt(params.get('end') ?? 0)]
    const monthNs = BigInt(31 * 24 * 3_600_000) * 1_000_000n
    if (to - from > monthNs) return { status: 400, text: 'the query time range exceeds the limit' }
    const found = selectLines(params.get('query') ?? '', [...store.lines()], from, to)
      .sort((a, b) => Number(a.ns - b.ns))
      .slice(0, Number(params.get('limit') ?? 100))
    const result = found.map(({ labels, ns, line }) => ({ stream: labels, values: [[String(ns), line]] }))
    return { status: 200, text: JSON.stringify({ status: 'success', data: { resultType: 'streams', result } }) }
  }

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const body = await buffer(request)
    const failure = fake.failure
    const { url = '' } = request
    if (request.method === 'GET' && /^\/loki\/api\/v1\/query(?:_range)?\?/.test(url)) {
      const { status, text } = await answerQuery(url)
      response.writeHead(status, { 'content-type': 'application/json' }).end(text)
      return
    }
    authorizations.push(request.headers.authorization)
    if (request.method !== 'POST' || request.url !== '/loki/api/v1/push') {
      response.writeHead(404).end('404 page not found')
      answers.push(404)
    } else if (failure === 'hang') {
      answers.push('hung')
    } else if (failure === 'cut' || failure === 'cut_after') {
      if (failure === 'cut_after') await take(body, request.headers['content-encoding'])
      answers.push('cut')
      request.socket.destroy()
    } else {
      const refusal = typeof failure === 'object' && 'status' in failure ? failure : undefined
      if (typeof failure === 'object' && 'delayMs' in failure) await sleep(failure.delayMs)
      const answer = refusal ?? (await take(body, request.headers['content-encoding']))
      const retryAfter = refusal?.retryAfter
      answers.push(answer.status)
      const headers = {
        ...(answer.status !== 204 && { 'content-type': refusal?.contentType ?? 'text/plain; charset=utf-8' }),
        ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
      }
      response.writeHead(answer.status, headers).end(answer.text)
    }
    for (const look of watchers) look()
  }

  const fake: FakeLoki = {
    url: '',
    failure: 'none',
    answers,
    authorizations,
    async start() {
      server = createServer((request, response) => {
        handle(request, response).catch(() => request.socket.destroy()) // the sender was killed while it spoke
      })
      server.listen(port, '127.0.0.1')
      await once(server, 'listening')
      port = portOf(server)
      fake.url = `http://127.0.0.1:${port}`
    },
    async kill() {
      const closing = server
      server = undefined
      if (closing === undefined) return
      closing.close()
      closing.closeAllConnections()
      await once(closing, 'close')
    },
    lines: async env =>
      options.realLoki === undefined
        ? [...store.lines()].filter(({ labels }) => labels.env === env).sort((a, b) => Number(a.ns - b.ns))
        : await queryLines(options.realLoki, env),
    until: holds =>
      new Promise((resolve, reject) => {
        const stopLooking = () => {
          clearInterval(timer)
          watchers.delete(look)
        }
        const look = () => {
          Promise.resolve()
            .then(holds)
            .then(held => {
              if (!held) return
              stopLooking()
              resolve()
            })
            .catch((error: unknown) => {
              stopLooking()
              reject(error)
            })
        }
        const timer = setInterval(look, 50)
        watchers.add(look)
        look()
      }),
  }
  await fake.start()
  return fake
}

const portOf = (server: Server) => (server.address() as AddressInfo).port

const Found = z.object({
  data: z.object({
    result: z.array(
      z.object({ stream: z.record(z.string(), z.string()), values: z.array(z.tuple([z.string(), z.string()])) }),
    ),
  }),
})

async function queryLines(url: string, env: string): Promise<StoredLine[]> {
  const query = new URLSearchParams({
    query: `{service_name="vkusvill-bot", env="${env}"}`,
    limit: '5000',
    start: String((Date.now() - 24 * 3_600_000) * 1e6),
    end: String((Date.now() + 600_000) * 1e6),
    direction: 'forward',
  })
  const response = await fetch(`${url}/loki/api/v1/query_range?${query}`)
  const { data } = Found.parse(await response.json())
  return data.result
    .flatMap(({ stream, values }) => values.map(([ns, line]) => ({ labels: stream, ns: BigInt(ns), line })))
    .sort((a, b) => Number(a.ns - b.ns))
}
