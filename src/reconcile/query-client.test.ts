import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../test/support/metrics.ts'
import { createQueryClient, createQueryMetrics } from './query-client.ts'

/** A client of a server with one answer for each request, the last one repeated. */
async function setup(
  answers: RequestListener[],
  { timeoutMs = 5_000, stop }: { timeoutMs?: number; stop?: AbortSignal } = {},
) {
  const asked: { url: string | undefined; authorization: string | undefined }[] = []
  const server = createServer((request, response) => {
    asked.push({ url: request.url, authorization: request.headers.authorization })
    answers[Math.min(asked.length, answers.length) - 1]?.(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const register = createTestRegistry()
  const pauses: number[] = []
  const ask = createQueryClient({
    upstream: 'prometheus',
    url: `http://reader:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}/prom`,
    metrics: createQueryMetrics(register),
    sleep: async ms => void pauses.push(ms),
    timeoutMs,
    stop,
  })
  const count = (outcome: string) =>
    metricValue(register, 'bot_telemetry_queries_total', { upstream: 'prometheus', outcome })
  return { ask, asked, pauses, count }
}
const status =
  (code: number, body = '{"a":1}'): RequestListener =>
  (_request, response) =>
    void response.writeHead(code).end(body)
const silence: RequestListener = () => undefined

test('requests a path below the base URL, with its credentials in a header', async () => {
  const { ask, asked, count } = await setup([status(200)])

  const answer = await ask('api/v1/query', { query: 'up{a="b"}' })

  expect(answer).toEqual({ a: 1 })
  expect(asked).toEqual([
    {
      url: '/prom/api/v1/query?query=up%7Ba%3D%22b%22%7D',
      authorization: `Basic ${Buffer.from('reader:p@ss').toString('base64')}`,
    },
  ])
  expect(await count('ok')).toBe(1)
})

test.each([
  ['a server error', status(503)],
  ['too many requests', status(429)],
  ['a broken connection', (request => void request.socket.destroy()) as RequestListener],
  ['an answer that is not JSON', status(200, '<html>')],
])('%s is tried again, three times in all', async (_what, answer) => {
  const passing = await setup([answer, answer, status(200)])
  const failing = await setup([answer])

  await expect(passing.ask('x', {})).resolves.toEqual({ a: 1 })
  await expect(failing.ask('x', {})).rejects.toMatchObject({ name: 'UpstreamError', upstream: 'prometheus' })

  expect(passing.pauses).toEqual([500, 1000])
  expect(failing.asked).toHaveLength(3)
  expect(await failing.count('failed')).toBe(3)
})

test('a rejected query is not repeated', async () => {
  const { ask, asked } = await setup([status(400, 'parse error: secret')])

  await expect(ask('x', {})).rejects.toThrow(/^prometheus: 400 query refused$/)
  expect(asked).toHaveLength(1)
})

test('a server that does not answer ends in a timeout', async () => {
  const { ask, count } = await setup([silence], { timeoutMs: 20 })

  await expect(ask('x', {})).rejects.toMatchObject({ name: 'TimeoutError' })
  expect(await count('timeout')).toBe(3)
})

test('when the process stops, a query in flight is aborted and not repeated', async () => {
  const stopping = new AbortController()
  const { ask, asked } = await setup([() => stopping.abort()], { stop: stopping.signal })

  await expect(ask('x', {})).rejects.toMatchObject({ name: 'UpstreamError', retryable: false })
  expect(asked).toHaveLength(1)
})
