import { execFileSync, spawnSync } from 'node:child_process'
import { Counter } from 'prom-client'
import { afterEach, expect, test } from 'vitest'
import { TimeoutError } from '../errors.ts'
import { createDurationHistogram } from '../telemetry/duration-histogram.ts'
import { silentLog } from '../telemetry/log.ts'
import { createRegistry } from '../telemetry/registry.ts'
import { withRequestContext } from '../telemetry/request-context.ts'
import { createMetricsServer } from './metrics-server.ts'
import { createReadiness, type ReadinessCheck } from './readiness.ts'

const stops: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function setup(checks: readonly ReadinessCheck[] = []) {
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  new Counter({ name: 'bot_things_total', help: 'Things.', registers: [register] }).inc(3)
  const duration = createDurationHistogram(register, {
    name: 'bot_work_duration_seconds',
    help: 'Seconds of work.',
    labelNames: [],
    buckets: [1],
  })
  withRequestContext({ requestId: 'ABCDEFGHJKMN' }, () => duration.observe({}, 0.5))
  const server = createMetricsServer({
    port: 0,
    host: '127.0.0.1',
    register,
    checks,
    version: '1.2.3',
    log: silentLog,
    checkTimeoutMs: 20,
  })
  stops.push(server.stop)
  const base = `http://127.0.0.1:${await server.start()}`
  return { get: (path: string, init?: RequestInit) => fetch(base + path, init) }
}

const openMetrics = { headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' } }

test('OpenMetrics is served on request, with exemplars', async () => {
  const { get } = await setup()

  const response = await get('/metrics', openMetrics)
  const body = await response.text()

  expect(response.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  expect(body).toContain('# {request_id="ABCDEFGHJKMN"} 0.5')
  expect(body).toContain('# TYPE bot_things counter\n')
  expect(body.endsWith('# EOF\n')).toBe(true)
})

const prometheus3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'

test.each([
  [undefined, 'text'],
  ['', 'text'],
  ['*/*', 'text'],
  ['text/*', 'text'],
  ['application/*', 'OpenMetrics'],
  ['application/openmetrics-text', 'OpenMetrics'],
  ['APPLICATION/OpenMetrics-Text ; VERSION=1.0.0 ; Q=1', 'OpenMetrics'],
  ['application/openmetrics-text; version="1.0.0"; charset=utf-8', 'OpenMetrics'],
  ['application/openmetrics-text;version=2.0.0,text/plain;q=0.1', 'text'],
  ['application/openmetrics-text;version=0.0.1,*/*;q=0.1', 'OpenMetrics'],
  [prometheus3, 'OpenMetrics'],
  ['text/plain;q=0.9,application/openmetrics-text;q=0.1', 'text'],
  ['text/plain;version=0.0.4;q=0.1,application/openmetrics-text;q=0.9', 'OpenMetrics'],
  ['application/openmetrics-text;q=0,text/plain', 'text'],
  ['application/openmetrics-text;q=0.000,*/*', 'text'],
  ['application/openmetrics-text;q=0', 'text'],
  ['text/plain;q=0,*/*', 'OpenMetrics'],
  ['text/plain,application/openmetrics-text', 'text'],
  ['application/openmetrics-text,text/plain', 'OpenMetrics'],
  ['application/openmetrics-text;q=nonsense,text/plain;q=0.1', 'text'],
  ['image/png', 'text'],
  [',;=,;q', 'text'],
])('Accept: %s is answered with the %s format', async (accept, format) => {
  const { get } = await setup()

  const response = await get('/metrics', { headers: accept === undefined ? {} : { accept } })

  const expected =
    format === 'text' ? /^text\/plain; version=0\.0\.4/ : /^application\/openmetrics-text; version=1\.0\.0/
  expect(response.headers.get('content-type')).toMatch(expected)
  expect((await response.text()).endsWith('# EOF\n')).toBe(format !== 'text')
})

test('the text format is the default, without exemplars, also after and during requests for OpenMetrics', async () => {
  const { get } = await setup()

  const [, response] = await Promise.all([get('/metrics', openMetrics), get('/metrics'), get('/metrics', openMetrics)])
  const body = await response.text()

  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
  expect(body).toContain('# HELP bot_things_total Things.\n# TYPE bot_things_total counter\n')
  expect(body).toContain('bot_things_total{service_name="vkusvill-bot",env="test"} 3\n')
  expect(body).toContain('bot_work_duration_seconds_bucket{le="1",service_name="vkusvill-bot",env="test"} 1\n')
  expect(body).not.toMatch(/ # \{|# EOF/)
})

test.runIf(process.env.CI === 'true' || spawnSync('promtool', ['--version']).status === 0)(
  'promtool check metrics passes',
  async () => {
    const { get } = await setup()

    const body = await (await get('/metrics')).text()

    expect(execFileSync('promtool', ['check', 'metrics'], { input: body, encoding: 'utf8' })).toBe('')
  },
)

test('health is alive, with version and uptime', async () => {
  const { get } = await setup([{ name: 'postgres', check: async () => 'unavailable' }])

  const response = await get('/health')

  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'alive', version: '1.2.3', uptime_seconds: expect.any(Number) })
})

test('ready when every check passes', async () => {
  const { get } = await setup([{ name: 'postgres', check: async () => undefined }])

  const response = await get('/ready')

  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'ready', problems: [] })
})

test('not ready names each failing check, and no secret', async () => {
  const { get } = await setup([
    { name: 'telegram', check: async () => undefined },
    { name: 'migrations', check: async () => '2 are missing' },
    { name: 'gigachat', check: () => Promise.reject(new TimeoutError('gigachat', 50)) },
    { name: 'postgres', check: () => Promise.reject(new Error('password of postgres://bot:secret@db is wrong')) },
    { name: 'leaky', check: async () => 'postgres://bot:secret@db is down' },
    { name: 'redis', check: () => new Promise(() => undefined) },
    {
      name: 'sync',
      check: () => {
        throw new RangeError('x')
      },
    },
  ])

  const response = await get('/ready')

  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({
    status: 'not ready',
    problems: [
      { name: 'migrations', problem: '2 are missing' },
      { name: 'gigachat', problem: 'gigachat: no answer within 50 ms' },
      { name: 'postgres', problem: 'Error' },
      { name: 'leaky', problem: 'postgres://[secret]@db is down' },
      { name: 'redis', problem: 'no answer within 20 ms' },
      { name: 'sync', problem: 'RangeError' },
    ],
  })
})

test('concurrent requests share one run of the checks, a later one starts another', async () => {
  let runs = 0
  const problems = createReadiness([{ name: 'counted', check: async () => void runs++ }], 1_000)

  await Promise.all([problems(), problems(), problems()])
  await problems()

  expect(runs).toBe(2)
})

test('everything else is 404 and does not name the server software', async () => {
  const { get } = await setup()

  const answers = await Promise.all([
    get('/'),
    get('/metrics/x'),
    get('/metrics', { method: 'POST' }),
    get('/%E0%A4%A'),
  ])

  expect(answers.map(answer => answer.status)).toEqual([404, 404, 404, 404])
  expect(answers.map(answer => answer.headers.get('x-powered-by'))).toEqual([null, null, null, null])
})

test('a scrape has the version and the result of each readiness check', async () => {
  const { get } = await setup([
    { name: 'postgres', check: async () => 'unavailable' },
    { name: 'events', check: async () => undefined },
  ])

  const body = await (await get('/metrics')).text()

  expect(body).toContain('bot_build_info{version="1.2.3",service_name="vkusvill-bot",env="test"} 1\n')
  expect(body).toContain('bot_ready{check="postgres",service_name="vkusvill-bot",env="test"} 0\n')
  expect(body).toContain('bot_ready{check="events",service_name="vkusvill-bot",env="test"} 1\n')
})
