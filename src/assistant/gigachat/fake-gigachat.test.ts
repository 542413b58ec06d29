import { afterEach, describe, expect, test } from 'vitest'
import { createTestRegistry } from '../../../test/support/metrics.ts'
import { createFaults } from '../../sandbox/faults.ts'
import { startFakeGigaChat } from '../../sandbox/gigachat/start-fake-gigachat.ts'
import { silentLog } from '../../telemetry/log.ts'
import type { ChatRequest, FunctionSpec, Message } from '../model/chat-model.ts'
import { createClientMetrics } from '../model/metrics.ts'
import { failureReason, isOutOfTokens } from '../model/model-error.ts'
import { createGigaChat } from './giga-chat.ts'

const search: FunctionSpec = {
  name: 'vkusvill_products_search',
  description: 'Finds products by words',
  parameters: { type: 'object', properties: { q: { type: 'string', description: 'words' } }, required: ['q'] },
}
const request: ChatRequest = {
  messages: [{ role: 'user', content: 'молоко' }],
  functions: [search],
  functionCall: 'auto',
  sessionId: 'dialogue-1',
}

const cleanups: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function setup({ model = 'GigaChat-2-Max', now = () => new Date() } = {}) {
  const faults = createFaults()
  const fake = await startFakeGigaChat({ faults, credentials: 'aWQ6c2VjcmV0', now })
  const slept: number[] = []
  const client = createGigaChat({
    authUrl: fake.authUrl,
    apiUrl: fake.apiUrl,
    credentials: 'aWQ6c2VjcmV0',
    scope: 'GIGACHAT_API_PERS',
    model,
    concurrency: 1,
    log: silentLog,
    metrics: createClientMetrics(createTestRegistry())({ provider: 'gigachat', model }),
    now,
    sleep: async ms => void slept.push(ms),
    random: () => 0,
  })
  cleanups.push(
    () => fake.close(),
    () => client.close(),
  )
  const calls = (route: 'oauth' | 'chat') => fake.calls.filter(call => call.route === route)
  return { client, fake, faults, slept, calls }
}

test('a call, its result and the answer go through, the state id echoed', async () => {
  const { client, fake, calls } = await setup()
  fake.script([
    { kind: 'call', name: search.name, arguments: { q: 'молоко' } },
    { kind: 'text', text: 'Вот молоко' },
  ])
  const first = await client.chat(request)
  const result: Message = { role: 'function', name: search.name, content: '{"ok":true}' }

  const second = await client.chat({ ...request, messages: [...request.messages, first.message, result] })

  expect(first).toMatchObject({
    finishReason: 'function_call',
    message: {
      function_call: { name: search.name, arguments: { q: 'молоко' } },
      functions_state_id: expect.any(String),
    },
  })
  expect(second).toMatchObject({ finishReason: 'stop', message: { content: 'Вот молоко' } })
  expect(calls('chat')[1]?.body).toMatchObject({ messages: [{}, first.message, result] })
})

test('the second turn of a session is served from the prefix cache and billed without it', async () => {
  const { client } = await setup()
  const first = await client.chat(request)

  const second = await client.chat(request)

  expect(first.usage.precachedTokens).toBe(0)
  expect(second.usage.precachedTokens).toBeGreaterThan(0)
  expect(second.usage.totalTokens).toBe(
    (second.usage.promptTokens ?? Number.NaN) + (second.usage.completionTokens ?? Number.NaN),
  )
})

test('parallel callers keep to the one stream an individual has', async () => {
  const { client, slept, calls } = await setup()

  await Promise.all([1, 2, 3, 4, 5].map(() => client.chat(request)))

  expect(slept).toEqual([])
  expect(calls('oauth')).toHaveLength(1)
})

test('revoked tokens are replaced without the caller noticing', async () => {
  const { client, fake, calls } = await setup()
  await client.chat(request)
  fake.revokeTokens()

  const got = await client.chat(request)

  expect(got.message.role).toBe('assistant')
  expect(calls('oauth')).toHaveLength(2)
})

test('a token is renewed in its last minute, before it is refused', async () => {
  let now = new Date('2026-11-22T12:00:00Z')
  const { client, calls } = await setup({ now: () => now })
  await client.chat(request)
  now = new Date('2026-11-22T12:29:01Z')

  await client.chat(request)

  expect(calls('oauth')).toHaveLength(2)
  expect(calls('chat')).toHaveLength(2)
})

describe('what the service refuses', () => {
  test('a model that does not exist', async () => {
    const { client } = await setup({ model: 'GigaChat-9' })

    const refused = client.chat(request)

    await expect(refused).rejects.toMatchObject({ name: 'UpstreamError', status: 404, retryable: false })
  })

  test('a result without its call', async () => {
    const { client } = await setup()

    const refused = client.chat({
      ...request,
      messages: [...request.messages, { role: 'function', name: search.name, content: '{}' }],
    })

    await expect(refused).rejects.toMatchObject({ name: 'UpstreamError', status: 422, retryable: false })
  })

  test('tokens used up', async () => {
    const { client, fake } = await setup()
    fake.script([{ kind: 'status', status: 402, message: 'Payment Required' }])

    const err = await client.chat(request).catch((thrown: unknown) => thrown)

    expect(isOutOfTokens(err)).toBe(true)
  })

  test('a topic: an answer like any other, marked by its finish_reason', async () => {
    const { client, fake } = await setup()
    fake.script([{ kind: 'blacklist' }])

    const got = await client.chat(request)

    expect(got.finishReason).toBe('blacklist')
  })
})

describe('injected faults', () => {
  test.each([
    [429, 'rate_limit', 4],
    [500, 'server', 4],
    [503, 'server', 4],
    [400, 'bad_request', 1],
  ])(
    'status %i everywhere fails as %s once the token is there, after %i attempts',
    async (status, reason, attempts) => {
      const { client, fake, faults, calls } = await setup()
      await client.chat(request)
      fake.reset()
      faults.set({ service: 'gigachat', mode: 'status', status, delay_ms: 0, rate: 1 })

      const err = await client.chat(request).catch((thrown: unknown) => thrown)

      expect(failureReason(err)).toBe(reason)
      expect(calls('chat')).toHaveLength(attempts)
    },
  )

  test.each([
    ['reset', 'network'],
    ['garbage', 'shape'],
  ] as const)('%s fails as %s', async (mode, reason) => {
    const { client, faults } = await setup()
    faults.set({ service: 'gigachat', mode, status: 500, delay_ms: 0, rate: 1 })

    const err = await client.chat(request).catch((thrown: unknown) => thrown)

    expect(failureReason(err)).toBe(reason)
  })

  test('once over, the same client works again', async () => {
    const { client, faults } = await setup()
    faults.set({ service: 'gigachat', mode: 'reset', status: 500, delay_ms: 0, rate: 1 })
    await client.chat(request).catch((thrown: unknown) => thrown)
    faults.set({ service: 'gigachat', mode: 'none', status: 500, delay_ms: 0, rate: 1 })

    const got = await client.chat(request)

    expect(got.message.role).toBe('assistant')
  })
})
