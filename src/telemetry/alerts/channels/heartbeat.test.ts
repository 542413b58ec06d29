import { expect, test } from 'vitest'
import { silentLog } from '../../log.ts'
import { createRegistry } from '../../registry.ts'
import { createDeliveryMetrics } from '../delivery/metrics.ts'
import { createHeartbeat } from './heartbeat.ts'

function setup() {
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  const state = { problem: undefined as string | undefined, status: 200 }
  const asked: string[] = []
  const beat = createHeartbeat({
    url: 'https://watcher.example/ping/secret',
    fetch: async (url, { method }) => {
      asked.push(`${method} ${url}`)
      return new Response('', { status: state.status })
    },
    sleep: async () => undefined,
    log: silentLog,
    metrics: createDeliveryMetrics(register),
    problem: async () => state.problem,
  })
  const counts = async () => {
    const values = (await register.getSingleMetric('bot_heartbeats_total')?.get())?.values ?? []
    return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]))
  }
  return { beat, state, asked, counts }
}

test('the watcher is asked while the bot is well, and not while it is not', async () => {
  const { beat, state, asked, counts } = setup()

  await beat()
  state.problem = 'an alert reached no one'
  await beat()
  state.problem = undefined
  await beat()

  expect(asked).toEqual(Array(2).fill('GET https://watcher.example/ping/secret'))
  expect(await counts()).toEqual({ ok: 2, failed: 0, withheld: 1 })
})

test('a watcher that refuses is asked three times, and it is counted', async () => {
  const { beat, state, asked, counts } = setup()
  state.status = 503

  await beat()

  expect(asked).toHaveLength(3)
  expect(await counts()).toEqual({ ok: 0, failed: 1, withheld: 0 })
})
