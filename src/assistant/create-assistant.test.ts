import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { metricValue } from '../../test/support/metrics.ts'
import { TimeoutError } from '../errors.ts'
import type { QueuePlace } from './model/stream-queue.ts'
import { breakfast, cart, search, setup } from './testing/assistant-setup.ts'
import { question, type Turn } from './testing/fakes.ts'

describe('a message that goes well', () => {
  test('ends with the text of the model and the cart from the tool', async () => {
    const { assistant } = setup({ script: breakfast })

    const answer = await assistant.answer(question('завтрак: молоко, хлеб'))

    expect(answer).toMatchObject({
      text: 'Завтрак готов!',
      error: null,
      limit: null,
      hadHistory: false,
      cart: {
        link: 'https://vkusvill.ru/?share_basket=1001',
        totalMinor: 24_000,
        cartNumber: 1,
        cartLimit: 5,
        budget: null,
      },
    })
  })

  test('the system prompt comes first and differs by day and user only at its end', async () => {
    const { assistant, requests } = setup({ script: breakfast })

    await assistant.answer(question('завтрак'))

    const system = requests.map(r => r.messages[0])
    expect(new Set(system.map(m => m?.content)).size).toBe(1)
    expect(system[0]).toMatchObject({
      role: 'system',
      content: expect.stringMatching(/Сегодня воскресенье, 22 ноября 2026 г\.\nОсталось корзин: 5 из 5\.$/),
    })
    expect(requests.every(r => r.sessionId === 'session-7')).toBe(true)
  })

  test('the version of the prompt is on the answer, on every model call, and on the usage that reaches the session', async () => {
    const { assistant, usageCalls, usage, register } = setup({ script: breakfast })

    const { promptVersion } = await assistant.answer(question('завтрак'))

    expect(promptVersion).toMatch(/^[0-9a-f]{12}$/)
    expect(usageCalls.map(call => call.promptVersion)).toEqual(breakfast.map(() => promptVersion))
    expect(usage).toMatchObject([{ promptVersion }])
    expect(await metricValue(register, 'bot_prompt_info', { prompt_version: promptVersion })).toBe(1)
  })

  test('after the cart the model gets exactly one turn, without functions', async () => {
    const { assistant, requests } = setup({ script: [...breakfast.slice(0, 3), search('ещё')] })

    const answer = await assistant.answer(question('завтрак'))

    expect(requests).toHaveLength(4)
    expect(requests[3]).toMatchObject({ functionCall: 'none' })
    expect(requests[3]).not.toHaveProperty('functions')
    expect(answer).toMatchObject({ text: null, error: null, cart: { cartNumber: 1 } })
  })

  test('what was sent back keeps the call as it came, with its state id, right before its result', async () => {
    const { assistant, requests } = setup({ script: breakfast })

    await assistant.answer(question('завтрак'))

    expect(requests[1]?.messages.slice(2)).toMatchObject([
      {
        role: 'assistant',
        content: '',
        function_call: { name: 'vkusvill_products_search' },
        functions_state_id: 'state',
      },
      { role: 'function', name: 'vkusvill_products_search' },
    ])
  })

  test('progress reports the stages in order', async () => {
    const { assistant } = setup({ script: breakfast })
    const asked = question('завтрак')

    await assistant.answer(asked)

    expect(asked.stages).toEqual([
      { stage: 'thinking' },
      { stage: 'searching', searches: 1 },
      { stage: 'searching', searches: 2 },
      { stage: 'cart' },
      { stage: 'writing' },
    ])
  })

  test('calls, steps and carts are counted, and each call has a log line', async () => {
    const { assistant, register, toolLines } = setup({ script: breakfast })

    await assistant.answer(question('завтрак'))

    expect(
      await metricValue(register, 'bot_tool_calls_total', { tool: 'vkusvill_products_search', outcome: 'ok' }),
    ).toBe(2)
    expect(
      await metricValue(register, 'bot_tool_call_duration_seconds_count', { tool: 'vkusvill_cart_link_create' }),
    ).toBe(1)
    expect(await metricValue(register, 'bot_answer_steps_sum')).toBe(4)
    expect(await metricValue(register, 'bot_carts_total', { scenario: 'search' })).toBe(1)
    expect(toolLines.map(line => [line.tool, line.outcome, line.cached])).toEqual([
      ['vkusvill_products_search', 'ok', false],
      ['vkusvill_products_search', 'ok', false],
      ['vkusvill_cart_link_create', 'ok', false],
    ])
  })
})

describe('time', () => {
  afterEach(() => void vi.useRealTimers())

  const hanging: Turn = (_request, signal) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

  test('at the deadline the answer is a TimeoutError', async () => {
    vi.useFakeTimers()
    const { assistant } = setup({ script: [hanging], deadlineMs: 11_000 })

    const answering = assistant.answer(question('молоко'))
    await vi.advanceTimersByTimeAsync(11_000)

    expect((await answering).error).toBeInstanceOf(TimeoutError)
  })

  test('what a call waits for its stream does not count, and the place in the queue is reported', async () => {
    vi.useFakeTimers()
    const turns: unknown[] = []
    const places: (QueuePlace | null)[] = []
    const waiting: Turn = async ({ turn }) => {
      turns.push(turn)
      turn?.onWaiting?.(() => ({ ahead: 13, waitMs: 40_000 }))
      await vi.advanceTimersByTimeAsync(600_000)
      turn?.onTurn?.()
      turn?.onStream?.()
      return search('молоко')
    }
    const { assistant } = setup({ script: [waiting, waiting, 'Готово'], deadlineMs: 11_000 })
    const since = new Date('2026-11-22T08:00:00Z')
    const firsts: boolean[] = []
    const onQueue = (place: (() => QueuePlace) | null, isFirst: boolean) => {
      places.push(place?.() ?? null)
      if (place !== null) firsts.push(isFirst)
    }

    const answer = await assistant.answer(question('молоко', { since, onQueue }))

    expect(answer).toMatchObject({ error: null, text: 'Готово' })
    expect(places).toEqual([{ ahead: 13, waitMs: 40_000 }, null, { ahead: 13, waitMs: 40_000 }, null])
    // the second time the model has been asked already
    expect(firsts).toEqual([true, false])
    expect(turns[0]).toMatchObject({ since: since.getTime() })
    expect(turns[1]).toBe(turns[0])
  })

  test.each(['gigachat', 'openai'] as const)('the deadline names the service that is asked: %s', async provider => {
    vi.useFakeTimers()
    const { assistant } = setup({ script: [hanging], deadlineMs: 11_000, provider })

    const answering = assistant.answer(question('молоко'))
    await vi.advanceTimersByTimeAsync(11_000)

    expect((await answering).error).toMatchObject({ upstream: provider })
  })

  test('a search that never comes back does not outlast the deadline, and is no event', async () => {
    vi.useFakeTimers()
    const { assistant, shop, events } = setup({ script: [search('молоко')], deadlineMs: 1_000 })
    shop.search = () => new Promise(() => undefined)

    const answering = assistant.answer(question('молоко'))
    await vi.advanceTimersByTimeAsync(1_000)

    expect((await answering).error).toBeInstanceOf(TimeoutError)
    expect(events).toEqual([])
  })

  test('aborted by the caller, the reason is the error', async () => {
    const { assistant } = setup({ script: [hanging] })
    const reason = new Error('the bot stops')

    const answer = await assistant.answer(question('молоко', { signal: AbortSignal.abort(reason) }))

    expect(answer.error).toBe(reason)
  })

  test('aborted by the caller while the model is silent, the reason is the error', async () => {
    const caller = new AbortController()
    const reason = new Error('the bot stops')
    const whenAsked: Turn = (request, signal) => {
      setImmediate(() => caller.abort(reason))
      return typeof hanging === 'function' ? hanging(request, signal) : ''
    }
    const { assistant } = setup({ script: [whenAsked] })

    const answer = await assistant.answer(question('молоко', { signal: caller.signal }))

    expect(answer.error).toBe(reason)
  })

  test('an answer leaves nothing behind on the signal of its caller', async () => {
    const { signal } = new AbortController()
    const { assistant } = setup({ script: breakfast })

    await assistant.answer(question('завтрак', { signal }))

    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('a deadline after the cart leaves the cart', async () => {
    vi.useFakeTimers()
    const { assistant } = setup({ script: [...breakfast.slice(0, 3), hanging], deadlineMs: 1_000 })

    const answering = assistant.answer(question('завтрак'))
    await vi.advanceTimersByTimeAsync(1_000)

    expect(await answering).toMatchObject({ cart: { cartNumber: 1 }, error: { name: 'TimeoutError' } })
  })
})

describe('what stays in history', () => {
  test('text, calls with compact results, no hints, no redundant calls', async () => {
    const { assistant, dialogue } = setup({
      script: [
        { call: 'made_up' },
        search('молоко'),
        search('молоко'),
        cart([{ xml_id: 1, q: 1 }]),
        '**Готово!** https://vkusvill.ru/x',
      ],
    })

    await assistant.answer(question('молоко'))

    expect(dialogue.stored().map(m => m.role)).toEqual([
      'user',
      'assistant',
      'function',
      'assistant',
      'function',
      'assistant',
    ])
    expect(dialogue.stored().at(-1)).toEqual({ role: 'assistant', content: 'Готово!' })
    expect(JSON.stringify(dialogue.stored())).not.toContain('note')
    expect(JSON.stringify(dialogue.stored())).not.toContain('share_basket')
  })

  test('products found earlier can be put into a cart in a later message', async () => {
    const first = setup({ script: [search('молоко'), 'Есть молоко, брать?'] })
    await first.assistant.answer(question('есть молоко?'))
    const second = setup({ history: first.dialogue.stored(), script: [cart([{ xml_id: 1, q: 2 }]), 'Готово'] })

    const answer = await second.assistant.answer(question('да, два'))

    expect(answer.cart).toMatchObject({ totalMinor: 18_000, lines: [{ q: 2, product: { name: 'Молоко 3,2%' } }] })
  })

  test('fifty messages at most, never beginning with half a pair', async () => {
    const { assistant, dialogue } = setup({ script: [search('молоко'), 'Вот', search('молоко'), 'Вот'] })

    for (let n = 0; n < 30; n++) await assistant.answer(question(`молоко ${n}`))

    expect(dialogue.stored().length).toBeLessThanOrEqual(50)
    expect(dialogue.stored()[0]).toMatchObject({ role: 'user' })
    expect(dialogue.stored().at(-2)).toEqual({ role: 'user', content: 'молоко 29' })
  })

  test('forget clears it', async () => {
    const { assistant, dialogue } = setup({ history: [{ role: 'user', content: 'привет' }] })

    await assistant.forget(7)

    expect(dialogue.stored()).toEqual([])
  })
})

describe('what it cost', () => {
  test('every model call is numbered and the sum is one usage fact', async () => {
    const { assistant, usage, usageCalls } = setup({ script: breakfast })

    await assistant.answer(question('завтрак'))

    expect(usageCalls.map(c => [c.callNumber, c.functionName])).toEqual([
      [1, 'vkusvill_products_search'],
      [2, 'vkusvill_products_search'],
      [3, 'vkusvill_cart_link_create'],
      [4, ''],
    ])
    expect(usage).toMatchObject([
      { kind: 'usage', userId: 7, calls: 4, tokens: 400, costRub: 0.26, requestId: 'abcdefghjkmn' },
    ])
    expect(usage[0]?.models).toEqual([
      { provider: 'gigachat', model: 'GigaChat-2-Max', calls: 4, tokens: 400, costRub: 0.26 },
    ])
  })

  test('also when the model failed in the end, and for none when it never answered', async () => {
    const failing = setup({ script: [search('молоко'), new TimeoutError('gigachat', 1)] })
    const silent = setup({ script: [new TimeoutError('gigachat', 1)] })

    await failing.assistant.answer(question('молоко'))
    await silent.assistant.answer(question('молоко'))

    expect(failing.usage).toMatchObject([{ calls: 1 }])
    expect(silent.usage).toEqual([])
  })
})

test('the answer waits until its events cannot be lost any more', async () => {
  let store = (): void => undefined
  const eventDelay = new Promise<void>(resolve => {
    store = resolve
  })
  const { assistant, events } = setup({ script: [search('молоко'), 'Вот'], eventDelay })
  let isAnswered = false

  const answering = assistant.answer(question('молоко')).then(() => {
    isAnswered = true
  })
  await new Promise(resolve => setImmediate(resolve))
  const before = { isAnswered, events: events.length }
  store()
  await answering

  expect(before).toEqual({ isAnswered: false, events: 0 })
  expect(events).toHaveLength(1)
})

test('a bug in the dialogue store is an error of the answer, not an exception', async () => {
  const { assistant, dialogue } = setup()
  dialogue.store.load = async () => {
    throw new Error('bug')
  }

  const answer = await assistant.answer(question('молоко'))

  expect(answer).toMatchObject({ text: null, error: { message: 'bug' } })
})
