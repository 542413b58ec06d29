import { expect, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../../test/support/metrics.ts'
import { RateLimitError, TimeoutError } from '../../errors.ts'
import { silentLog } from '../../telemetry/log.ts'
import type { ChatAnswer, ChatModel, ChatRequest, ModelProvider } from './chat-model.ts'
import { createFallbackModel } from './fallback-model.ts'
import { ModelError } from './model-error.ts'

const request: ChatRequest = { messages: [{ role: 'user', content: 'молоко' }], functionCall: 'none', sessionId: 's' }
const answerOf = (provider: ModelProvider): ChatAnswer => ({
  message: { role: 'assistant', content: provider },
  finishReason: 'stop',
  usage: { promptTokens: 1, completionTokens: 1, totalTokens: 2, precachedTokens: 0 },
  provider,
  asked: provider,
  model: provider,
  responseTimeMs: 1,
})
/** Fails as `state.failure` says, answers otherwise. */
function fakeModel(provider: ModelProvider) {
  const state: { failure: unknown; asked: number } = { failure: null, asked: 0 }
  const chat: ChatModel = {
    async chat() {
      state.asked += 1
      if (state.failure !== null) throw state.failure
      return answerOf(provider)
    },
  }
  return { chat, state }
}

function setup() {
  const [first, second] = [fakeModel('gigachat'), fakeModel('openai')]
  const register = createTestRegistry()
  const opened: unknown[] = []
  let time = Date.parse('2026-11-26T09:00:00Z')
  const model = createFallbackModel({
    first: first.chat,
    second: second.chat,
    log: { ...silentLog, warn: (event, fields) => void opened.push({ event, ...fields }) },
    register,
    now: () => new Date(time),
  })
  const ask = async (signal?: AbortSignal) => (await model.chat(request, signal)).provider
  return { ask, first: first.state, second: second.state, register, opened, pass: (ms: number) => (time += ms) }
}

const down = new ModelError('gigachat', 'server', 503, 'service failed')

test('while GigaChat answers, the second model is not asked', async () => {
  const { ask, second } = setup()

  expect(await ask()).toBe('gigachat')
  expect(second.asked).toBe(0)
})

test.each<[string, unknown, string]>([
  ['used-up tokens', new ModelError('gigachat', 'payment', 402, 'used up'), 'payment'],
  ['a limit', new RateLimitError('gigachat', 'too many requests'), 'rate_limit'],
  ['no answer in time', new TimeoutError('gigachat', 1), 'timeout'],
  ['a refused key', new ModelError('gigachat', 'auth', 401, 'refused'), 'auth'],
  ['a failing service', down, 'server'],
  ['a cut connection', new ModelError('gigachat', 'network', null, 'cut'), 'network'],
  ['an answer of another shape', new ModelError('gigachat', 'shape', 200, 'shape'), 'shape'],
  ['a missing model', new ModelError('gigachat', 'bad_request', 404, 'no such model'), 'bad_request'],
])(
  '%s is answered by the second model in the same call, and the next call does not wait for it',
  async (_w, failure, reason) => {
    const { ask, first, register, opened } = setup()
    first.failure = failure

    expect([await ask(), await ask()]).toEqual(['openai', 'openai'])

    expect(first.asked).toBe(1)
    expect(opened).toMatchObject([{ event: 'circuit_opened', upstream: 'gigachat', delay_ms: 15_000 }])
    expect(await metricValue(register, 'bot_llm_fallbacks_total', { reason })).toBe(1)
    expect(await metricValue(register, 'bot_llm_fallbacks_total', { reason: 'circuit_open' })).toBe(1)
    expect(await metricValue(register, 'bot_llm_circuit_open')).toBe(1)
    expect(await metricValue(register, 'bot_llm_circuit_retry_timestamp_seconds')).toBeGreaterThan(0)
  },
)

test('GigaChat is tried again after 15 s, then half a minute, and used once it answers', async () => {
  const { ask, first, register, pass } = setup()
  first.failure = down
  await ask()

  pass(15_000)
  expect([await ask(), await ask()]).toEqual(['openai', 'openai'])
  expect(first.asked).toBe(2)
  pass(29_999)
  await ask()
  expect(first.asked).toBe(2)
  first.failure = null
  pass(1)

  expect([await ask(), await ask()]).toEqual(['gigachat', 'gigachat'])
  expect(await metricValue(register, 'bot_llm_circuit_open')).toBe(0)
  expect(await metricValue(register, 'bot_llm_circuit_retry_timestamp_seconds')).toBe(0)
})

test('a dialogue that GigaChat rejects is answered by the second model, and GigaChat is asked the next time', async () => {
  const { ask, first } = setup()
  first.failure = new ModelError('gigachat', 'bad_request', 422, 'request refused as invalid')

  expect(await ask()).toBe('openai')
  first.failure = null
  expect(await ask()).toBe('gigachat')
})

test('with both down the failure is the second’s, except that a rejected dialogue stays one', async () => {
  const { ask, first, second, pass } = setup()
  const rejected = new ModelError('gigachat', 'bad_request', 422, 'request refused as invalid')
  second.failure = new ModelError('openai', 'server', 500, 'service failed')

  first.failure = rejected
  await expect(ask()).rejects.toBe(rejected)
  first.failure = down
  await expect(ask()).rejects.toBe(second.failure)
  pass(1_000)
  await expect(ask()).rejects.toBe(second.failure)
})

test('an abort goes to no other model, and says nothing of GigaChat', async () => {
  const { ask, first, second, pass } = setup()
  const stop = new AbortController()
  stop.abort(new Error('stopped by the user'))
  first.failure = stop.signal.reason

  await expect(ask(stop.signal)).rejects.toThrow('stopped by the user')
  first.failure = down
  await ask()
  pass(15_000)
  // the probe is aborted: neither a success nor a failure, so the next call is one
  first.failure = stop.signal.reason
  await expect(ask(stop.signal)).rejects.toThrow('stopped by the user')
  first.failure = null

  expect(await ask()).toBe('gigachat')
  expect(second.asked).toBe(1)
})

test('a bug is not covered up by another model', async () => {
  const { ask, first, second } = setup()
  first.failure = new TypeError('a bug')

  await expect(ask()).rejects.toThrow('a bug')
  expect(second.asked).toBe(0)
})
