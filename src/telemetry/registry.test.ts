import { Counter } from 'prom-client'
import { expect, test } from 'vitest'
import { createDurationHistogram } from './duration-histogram.ts'
import { createRegistry } from './registry.ts'
import { withRequestContext } from './request-context.ts'

const registry = () => createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })

test('every series has service_name and env', async () => {
  const register = registry()
  new Counter({ name: 'bot_things_total', help: 'Things.', registers: [register] }).inc()

  const samples = (await register.metrics()).split('\n').filter(line => line !== '' && !line.startsWith('#'))

  expect(samples).toContain('bot_things_total{service_name="vkusvill-bot",env="test"} 1')
  expect(samples.filter(line => !line.includes('service_name="vkusvill-bot",env="test"'))).toEqual([])
})

test('process and event-loop metrics are exported, without the names that promtool rejects', async () => {
  const body = await registry().metrics()

  expect(body).toContain('process_resident_memory_bytes')
  expect(body).toContain('nodejs_eventloop_lag_p99_seconds')
  expect(body).not.toMatch(/nodejs_active_\w+_total/)
})

test('scrapes between two looks at the event loop show no delay that there was not', async () => {
  const register = registry()

  const scrapes = `${await register.metrics()}${await register.metrics()}`

  const delays = [...scrapes.matchAll(/^nodejs_eventloop_lag_\w+\{.*\} (\S+)$/gm)].map(([, value]) => Number(value))
  expect(delays.length).toBeGreaterThan(0)
  expect(delays.filter(value => !(value < 3_600))).toEqual([])
})

test('two registries are independent', async () => {
  const first = registry()
  new Counter({ name: 'bot_things_total', help: 'Things.', registers: [first] })

  const second = registry()

  expect(second.getSingleMetric('bot_things_total')).toBeUndefined()
})

test('a duration observed within an update has its request_id as exemplar', async () => {
  const register = registry()
  const duration = createDurationHistogram(register, {
    name: 'bot_work_duration_seconds',
    help: 'Seconds of work.',
    labelNames: ['kind'],
    buckets: [1, 10],
  })

  duration.zero({ kind: 'idle' })
  duration.observe({ kind: 'plain' }, 5)
  withRequestContext({ requestId: 'ABCDEFGHJKMN' }, () => duration.observe({ kind: 'traced' }, 5))

  const lines = (await register.metrics()).split('\n')
  const exemplar = (kind: string) => lines.filter(line => line.includes(`kind="${kind}"`) && line.includes(' # {'))
  expect(exemplar('traced')).toHaveLength(1)
  expect(exemplar('traced')[0]).toMatch(/le="10".* 1 # \{request_id="ABCDEFGHJKMN"\} 5 \d+/)
  expect(exemplar('plain')).toEqual([])
  expect(lines.some(line => /^bot_work_duration_seconds_count\{.*kind="idle".*\} 0$/.test(line))).toBe(true)
})
