import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createMetricsServer } from '../../src/http/metrics-server.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createRegistry } from '../../src/telemetry/registry.ts'

const releases: Array<() => unknown> = []
let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'telemetry-'))
})
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release()
  rmSync(dataDir, { recursive: true, force: true })
})

interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

/** What stands where Loki should be: gives the answer, later 204; counts the lines of what it was sent. */
async function startStranger(answer: Answer) {
  const state = { isLoki: false, pushes: 0 }
  const server = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      state.pushes++
      if (state.isLoki) response.writeHead(204).end()
      else response.writeHead(answer.status, answer.headers).end(answer.body)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  releases.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { state, host }
}

describe('only Loki’s 204 is delivery', () => {
  const loginPage = '<html><form action=/login>'
  const html = { 'content-type': 'text/html' }
  test.each<Answer>([
    { status: 200, headers: html, body: loginPage },
    { status: 200, headers: { 'content-type': 'application/json' }, body: '{}' },
    { status: 201, headers: {}, body: '' },
    { status: 202, headers: html, body: loginPage },
    { status: 260, headers: { 'content-type': 'text/plain' }, body: "ingestion blocked for user 'fake'" },
    { status: 302, headers: { ...html, location: 'https://sso.example/login' }, body: loginPage },
    { status: 307, headers: { location: '/elsewhere' }, body: '' },
    { status: 400, headers: html, body: '<html>400 Bad Request: entry out of order</html>' },
    { status: 401, headers: { 'www-authenticate': 'Basic' }, body: '' },
    { status: 403, headers: html, body: loginPage },
    { status: 407, headers: {}, body: '' },
    { status: 502, headers: html, body: '<html>Bad Gateway</html>' },
  ])('five lines wait and arrive later when something answers $status $headers', async answer => {
    const { state, host } = await startStranger(answer)
    const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
    const printed: string[] = []
    const logger = createLogger({
      ...{ level: 'info', env: 'test', dataDir, lokiUrl: `http://${host}`, register },
      spoolBytes: 1_000_000,
      output: { write: line => printed.push(line) },
      pushing: { pushTimeoutMs: 2_000, backoff: { firstMs: 5, maxMs: 20 } },
    })
    releases.push(() => logger.close())
    const value = async (series: string) =>
      Number(new RegExp(`^${series}\\S* (\\S+)$`, 'm').exec(await register.metrics())?.[1])

    for (let count = 0; count < 5; count++) logger.log.info('maintenance', { count })
    const reported = () => printed.map(line => JSON.parse(line)).filter(({ event }) => event === 'logs_waiting')
    await expect.poll(reported).not.toEqual([])

    expect(reported()[0]).toMatchObject({ level: 40, status: answer.status, address: host })
    expect(await value('bot_log_lines_sent_total')).toBe(0)
    expect(await value('bot_log_spool_lines')).toBeGreaterThanOrEqual(5)
    state.isLoki = true
    await expect.poll(() => value('bot_log_spool_lines')).toBe(0)
    expect(await value('bot_log_lines_sent_total')).toBeGreaterThanOrEqual(5)
    expect(await register.metrics()).not.toMatch(/^bot_log_lines_lost_total\S* [1-9]/m)
  })
})

describe('the format of /metrics follows the weights of the Accept header', () => {
  test.each([
    ['text/plain;q=0.9,application/openmetrics-text;q=0.1', 'text/plain'],
    ['application/openmetrics-text;q=0,text/plain', 'text/plain'],
    ['application/openmetrics-text;q=0.9,text/plain;q=0.1', 'application/openmetrics-text'],
  ])('%s', async (accept, expected) => {
    const server = createMetricsServer({
      ...{ port: 0, host: '127.0.0.1', checks: [], version: '1.0.0', log: silentLog },
      register: createRegistry({ serviceName: 'vkusvill-bot', env: 'test' }),
    })
    releases.push(server.stop)

    const response = await fetch(`http://127.0.0.1:${await server.start()}/metrics`, { headers: { accept } })

    expect(response.headers.get('content-type')).toContain(expected)
  })
})
