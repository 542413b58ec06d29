import { once } from 'node:events'
import { request } from 'node:http'
import express from 'express'
import type { Update } from 'grammy/types'
import { expect, onTestFinished, test } from 'vitest'
import { sleep as sleepByClock } from '../../process/sleep.ts'
import { createGate } from '../testing/fake-assistant.ts'
import { createWebhook, type WebhookDeps } from './webhook.ts'

const secret = 'a-secret-of-the-webhook'

async function serve(deps: Partial<WebhookDeps> = {}, { start = true } = {}) {
  const handled: Update[] = []
  const webhook = createWebhook({
    secret,
    handle: async update => {
      handled.push(update)
      return 'dealt_with'
    },
    sleep: sleepByClock,
    ...deps,
  })
  if (start) webhook.start()
  const server = express().use('/hook', webhook.handler).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const deliver = async (body: unknown, init: RequestInit = {}): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}/hook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-telegram-bot-api-secret-token': secret },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    })
    return response.status
  }
  return { webhook, handled, deliver, port }
}

test('an update is answered with 200 once it is dealt with', async () => {
  const { deliver, handled } = await serve()

  const status = await deliver({ update_id: 5 })

  expect(status).toBe(200)
  expect(handled).toEqual([{ update_id: 5 }])
})

test.each([
  ['a wrong secret', { 'x-telegram-bot-api-secret-token': 'b-secret-of-the-webhook' }],
  ['no secret', {}],
  ['an empty secret', { 'x-telegram-bot-api-secret-token': '' }],
])('%s is refused before the body is read', async (_what, headers) => {
  const { deliver, handled } = await serve()

  const status = await deliver('{broken', { headers: { 'content-type': 'application/json', ...headers } })

  expect(status).toBe(401)
  expect(handled).toEqual([])
})

test.each([
  ['a body that never comes', { 'content-length': '500000' }],
  ['a body larger than any update', { 'content-length': '50000000' }],
  ['a body of unknown length', { 'transfer-encoding': 'chunked' }],
])('a stranger is refused without waiting for %s', async (_what, headers) => {
  const { port } = await serve()

  const status = await new Promise((resolve, reject) => {
    const stranger = request({ port, path: '/hook', method: 'POST', headers }, response => resolve(response.statusCode))
    onTestFinished(() => void stranger.destroy())
    stranger.on('error', reject)
    stranger.flushHeaders()
  })

  expect(status).toBe(401)
})

test('bodies in flight have a bound over all connections; what is over it is asked for again', async () => {
  const gate = createGate()
  const { deliver, handled } = await serve({
    mostBytes: 1_000,
    handle: async update => {
      handled.push(update)
      await gate.passed
      return 'dealt_with'
    },
  })
  const large = (update_id: number) => ({ update_id, message: 'x'.repeat(600) })

  const first = deliver(large(1))
  await expect.poll(() => handled.length).toBe(1)
  const second = await deliver(large(2))
  const small = deliver({ update_id: 3 })
  await expect.poll(() => handled.length).toBe(2)
  gate.open()

  expect([await first, second, await small]).toEqual([200, 503, 200])
  await expect.poll(() => deliver(large(2))).toBe(200)
})

test('only POST is taken', async () => {
  const { deliver } = await serve()

  expect(await deliver('', { method: 'GET', body: null })).toBe(405)
})

test.each([
  ['not JSON', '{', 400],
  ['no update', '[]', 400],
  ['an id that is none', { update_id: 'x' }, 400],
  ['too much', { update_id: 1, message: 'x'.repeat(1_100_000) }, 413],
])('%s is refused', async (_what, body, status) => {
  const { deliver, handled } = await serve()

  expect(await deliver(body)).toBe(status)
  expect(handled).toEqual([])
})

test('a second delivery of an update in flight waits for the same work', async () => {
  const gate = createGate()
  const { deliver, handled } = await serve({
    handle: async update => {
      handled.push(update)
      await gate.passed
      return 'dealt_with'
    },
  })

  const both = Promise.all([deliver({ update_id: 5 }), deliver({ update_id: 5 }), deliver({ update_id: 6 })])
  await expect.poll(() => handled.length).toBe(2)
  gate.open()

  expect(await both).toEqual([200, 200, 200])
  expect(handled.map(({ update_id }) => update_id).sort()).toEqual([5, 6])
})

test('after holding an update for 50 seconds it asks Telegram to deliver it again', async () => {
  const gate = createGate()
  const held: number[] = []
  const { deliver } = await serve({
    handle: async () => {
      await gate.passed
      return 'dealt_with'
    },
    sleep: async ms => void held.push(ms),
  })

  const first = await deliver({ update_id: 5 })
  gate.open()

  expect(first).toBe(503)
  expect(held).toEqual([50_000])
})

test('before the start and after the stop updates are left to another process', async () => {
  const { webhook, deliver, handled } = await serve({}, { start: false })

  const before = await deliver({ update_id: 5 })
  webhook.start()
  await webhook.stop(1000)
  const after = await deliver({ update_id: 5 })

  expect([before, after]).toEqual([503, 503])
  expect(handled).toEqual([])
})

test('an update that is left is asked for again', async () => {
  const { deliver } = await serve({ handle: async () => 'left' })

  expect(await deliver({ update_id: 5 })).toBe(503)
})

test('beyond its limit of updates in flight Telegram is asked to deliver again', async () => {
  const gate = createGate()
  const handled: Update[] = []
  const { deliver } = await serve({
    mostInFlight: 2,
    handle: async update => {
      handled.push(update)
      await gate.passed
      return 'dealt_with'
    },
  })
  const inFlight = [deliver({ update_id: 5 }), deliver({ update_id: 6 })]
  await expect.poll(() => handled.length).toBe(2)

  const onTop = await deliver({ update_id: 7 })
  const again = deliver({ update_id: 5 })
  gate.open()

  expect(onTop).toBe(503)
  expect(await Promise.all([...inFlight, again])).toEqual([200, 200, 200])
  expect(await deliver({ update_id: 7 })).toBe(200)
})

test('stop waits for what is in flight', async () => {
  const gate = createGate()
  const { webhook, deliver } = await serve({
    handle: async () => {
      await gate.passed
      return 'dealt_with'
    },
  })
  const delivery = deliver({ update_id: 5 })
  const again = deliver({ update_id: 5 })
  let stopped = false

  const stopping = webhook.stop(60_000).then(() => {
    stopped = true
  })
  gate.open()
  await Promise.all([delivery, again])
  await stopping

  expect(stopped).toBe(true)
})
