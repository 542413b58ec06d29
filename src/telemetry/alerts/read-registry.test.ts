import { Counter, Gauge, Histogram } from 'prom-client'
import { expect, test } from 'vitest'
import { createRegistry } from '../registry.ts'
import { readRegistry } from './read-registry.ts'

test('series have the names and labels that Prometheus gives them, before a scrape and after it', async () => {
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  new Counter({ name: 'bot_a_total', help: 'a', labelNames: ['kind'], registers: [register] }).inc({ kind: 'x' }, 3)
  new Gauge({ name: 'bot_b', help: 'b', registers: [register] }).set(7)
  new Histogram({ name: 'bot_c_seconds', help: 'c', buckets: [1], registers: [register] }).observe(0.5)
  const read = async () =>
    (await readRegistry(register))
      .filter(({ name }) => name.startsWith('bot_'))
      .map(({ name, labels: { service_name, ...labels }, value }) => ({ name, ...labels, value }))

  const before = await read()
  await register.metrics()

  const shared = { env: 'test', job: 'bot' }
  expect(before).toEqual([
    { name: 'bot_a_total', kind: 'x', ...shared, value: 3 },
    { name: 'bot_b', ...shared, value: 7 },
    { name: 'bot_c_seconds_bucket', le: '1', ...shared, value: 1 },
    { name: 'bot_c_seconds_bucket', le: '+Inf', ...shared, value: 1 },
    { name: 'bot_c_seconds_sum', ...shared, value: 0.5 },
    { name: 'bot_c_seconds_count', ...shared, value: 1 },
  ])
  expect(await read()).toEqual(before)
})
