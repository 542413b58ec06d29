import { expect, test } from 'vitest'
import { createClientMetrics } from '../../assistant/model/metrics.ts'
import { createShopMetrics } from '../../shop/metrics.ts'
import { createApiMetrics } from '../../telegram/api/metrics.ts'
import { createLogMetrics } from '../log-metrics.ts'
import { createRegistry } from '../registry.ts'
import { noShipping } from '../shipping-stats.ts'
import { createMetricSums } from './metric-sums.ts'
import { createServiceChecks, type ServiceChecksDeps } from './service-checks.ts'

function setup(probes: ServiceChecksDeps['probes'] = {}) {
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  const models = createClientMetrics(register)
  const shipping = noShipping()
  createLogMetrics(
    register,
    () => ({ written: { debug: 0, info: 0, warn: 0, error: 0, fatal: 0 }, shipping }),
    true,
    () => new Date(),
  )
  const metrics = createMetricSums(register)
  const checks = createServiceChecks({ metrics, probes, models: ['gigachat', 'openai'], ships: true })
  return {
    telegram: createApiMetrics(register),
    shop: createShopMetrics(register),
    gigachat: models({ provider: 'gigachat', model: 'GigaChat-2-Max' }),
    openai: models({ provider: 'openai', model: 'any' }),
    pushes: shipping.pushes,
    names: checks.map(({ name }) => name),
    read: async (name: string) => checks.find(check => check.name === name)?.read(),
  }
}

const nothingYet = { light: 'unknown', cause: null }
const ok = { light: 'ok', cause: null }

test('only services in use are looked at', () => {
  const probe = async () => undefined

  expect(setup().names).toEqual(['telegram', 'gigachat', 'openai', 'shop', 'loki'])
  expect(setup({ postgres: probe, redis: probe, prometheus: probe }).names).toEqual([
    'postgres',
    'redis',
    'telegram',
    'gigachat',
    'openai',
    'shop',
    'loki',
    'prometheus',
  ])
})

test('a model is judged by its own calls since the last look, and keeps the judgement while idle', async () => {
  const { read, gigachat, openai } = setup()
  expect(await read('gigachat')).toEqual(nothingYet)
  openai.answered(1)

  gigachat.failed('server', 1)
  gigachat.failed('payment', 1)
  gigachat.failed('payment', 1)
  expect(await read('gigachat')).toEqual({ light: 'failing', cause: 'payment' })
  expect(await read('gigachat')).toEqual({ light: 'failing', cause: 'payment' })

  gigachat.answered(1)
  gigachat.failed('timeout', 1)
  expect(await read('gigachat')).toEqual({ light: 'unsteady', cause: 'timeout' })

  gigachat.answered(1)
  expect(await read('gigachat')).toEqual(ok)
  expect(await read('openai')).toEqual(ok)
})

test('what a service refuses, or was not asked, says nothing against it', async () => {
  const { read, shop, telegram } = setup()

  shop.call('vkusvill_products_search', 'not_sent')
  expect(await read('shop')).toEqual(nothingYet)
  shop.call('vkusvill_products_search', 'refused')
  telegram.call('sendMessage', 'blocked', 0.1)
  telegram.call('getUpdates', 'ok', 0.1)
  expect(await read('shop')).toEqual(ok)
  expect(await read('telegram')).toEqual(ok)

  shop.call('vkusvill_cart_link_create', 'timeout')
  telegram.call('sendMessage', 'failed', 0.1)
  expect(await read('shop')).toEqual({ light: 'failing', cause: 'timeout' })
  expect(await read('telegram')).toEqual({ light: 'failing', cause: 'failed' })
})

test('Loki is judged by the deliveries of log lines', async () => {
  const { read, pushes } = setup()
  pushes.unreachable = 3

  expect(await read('loki')).toEqual({ light: 'failing', cause: 'unreachable' })
  pushes.ok = 1
  expect(await read('loki')).toEqual(ok)
})
