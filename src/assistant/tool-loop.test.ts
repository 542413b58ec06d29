import { afterEach, describe, expect, test, vi } from 'vitest'
import { metricValue } from '../../test/support/metrics.ts'
import { McpError, RateLimitError, TimeoutError, UpstreamError } from '../errors.ts'
import type { Message } from './gigachat/types.ts'
import { cart, search, setup } from './testing/assistant-setup.ts'
import { question, type Turn } from './testing/fakes.ts'
import { assistantTexts } from './texts.ts'

const breakfast: Turn[] = [
  search('молоко'),
  search('хлеб'),
  cart([
    { xml_id: 1, q: 2 },
    { xml_id: 2, q: 1 },
  ]),
  'Завтрак готов!',
]
const names = (requests: { functions?: readonly { name: string }[] }[]) =>
  requests.map(r => r.functions?.map(f => f.name))

describe('a message that goes well', () => {
  test('ends with the words of the model and the cart from the tool', async () => {
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

  test('the system prompt comes first and differs by the day only at its end', async () => {
    const { assistant, requests } = setup({ script: breakfast })

    await assistant.answer(question('завтрак'))

    const system = requests.map(r => r.messages[0])
    expect(new Set(system.map(m => m?.content)).size).toBe(1)
    expect(system[0]).toMatchObject({
      role: 'system',
      content: expect.stringMatching(/Сегодня воскресенье, 22 ноября 2026 г\.\.$/),
    })
    expect(requests.every(r => r.sessionId === 'session-7')).toBe(true)
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

  test('progress tells the stages in order', async () => {
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

describe('a model that repeats itself', () => {
  test('the same call with its keys in another order is answered from memory', async () => {
    const { assistant, shop, results, events } = setup({
      script: [
        { call: 'vkusvill_products_search', args: { q: 'молоко', sort: 'rating' } },
        { call: 'vkusvill_products_search', args: { sort: 'rating', q: ' молоко ' } },
        'Вот молоко',
      ],
    })

    await assistant.answer(question('молоко'))

    expect(shop.searches).toHaveLength(1)
    expect(events).toHaveLength(1)
    expect(results()[1]).toMatchObject({
      ok: true,
      products: [{ xml_id: 1 }],
      note: expect.stringContaining('уже был'),
    })
  })

  test('three repetitions in a row leave it only the cart', async () => {
    const again = [search('молоко'), search('молоко'), search('молоко'), search('молоко')]
    const { assistant, requests } = setup({ script: [...again, cart([{ xml_id: 1, q: 1 }]), 'Готово'] })

    const answer = await assistant.answer(question('молоко'))

    expect(names(requests)[4]).toEqual(['vkusvill_cart_link_create'])
    expect(answer.cart?.cartNumber).toBe(1)
  })

  test('and when it repeats itself still, only words', async () => {
    const { assistant, requests } = setup({ script: [search('молоко')] })

    const answer = await assistant.answer(question('молоко'))

    expect(requests).toHaveLength(6)
    expect(names(requests)[5]).toBeUndefined()
    expect(answer).toMatchObject({ text: null, cart: null, error: null })
  })

  test('a repetition between two new calls forces nothing', async () => {
    const { assistant, requests } = setup({
      script: [search('молоко'), search('молоко'), search('молоко'), search('хлеб'), search('хлеб'), 'Вот'],
    })

    await assistant.answer(question('молоко'))

    expect(names(requests)[5]).toHaveLength(9)
  })

  test('what a changed preference may have changed is asked anew', async () => {
    const set = (preference: string) => ({ call: 'user_preferences_set', args: { category: 'молоко', preference } })
    const get = { call: 'user_preferences_get' }
    const { assistant, results } = setup({ script: [get, set('3,2%'), get, set('1,5%'), set('3,2%'), get, 'Ок'] })

    await assistant.answer(question('запомни'))

    expect(results()[2]).toEqual({ ok: true, preferences: [{ category: 'молоко', preference: '3,2%' }] })
    expect(results()[5]).toEqual({ ok: true, preferences: [{ category: 'молоко', preference: '3,2%' }] })
  })
})

describe('limits of one message', () => {
  const endless = (): Turn => {
    let n = 0
    return () =>
      search(`товар ${String.fromCharCode(1072 + (n % 32))}${String.fromCharCode(1072 + Math.trunc(n++ / 32))}`)
  }

  test('at most twenty calls are executed, the last of them only a cart', async () => {
    const { assistant, shop, requests } = setup({ script: [endless()] })

    await assistant.answer(question('всё'))

    expect(shop.searches).toHaveLength(19)
    expect(names(requests).at(-2)).toEqual(['vkusvill_cart_link_create'])
    expect(requests.at(-1)?.functionCall).toBe('none')
  })

  test('at most forty steps, however they are wasted', async () => {
    let n = 0
    const { assistant, requests } = setup({
      script: [() => (n++ % 3 === 2 && n < 50 ? search(`товар ${n}`) : { call: 'nothing_known' })],
    })

    await assistant.answer(question('всё'))

    expect(requests.length).toBeLessThanOrEqual(40)
    expect(requests.at(-1)?.functionCall).toBe('none')
  })
})

describe('calls that cannot be made', () => {
  test('an unknown function is named with what there is', async () => {
    const { assistant, results, register, toolLines } = setup({
      script: [{ call: 'web_search', args: { q: 'x' } }, 'Не умею'],
    })

    await assistant.answer(question('погода'))

    expect(results()[0]).toMatchObject({
      ok: false,
      error: 'unknown_tool',
      note: expect.stringContaining('recipe_ingredients'),
    })
    expect(toolLines[0]?.tool).toBe('unknown')
    expect(await metricValue(register, 'bot_tool_calls_total', { tool: 'unknown', outcome: 'error' })).toBe(1)
  })

  test('bad arguments are told apart by name, and nothing is executed', async () => {
    const { assistant, results, shop } = setup({
      script: [{ call: 'vkusvill_products_search', args: { q: '  ', sort: 'best' } }, 'Ой'],
    })

    await assistant.answer(question('молоко'))

    expect(results()[0]).toMatchObject({
      ok: false,
      error: 'invalid_arguments',
      note: expect.stringMatching(/q: .*sort: /),
    })
    expect(shop.searches).toEqual([])
  })

  test('an answer with the finish reason «error» is asked for again, at most three times', async () => {
    const broken: Turn = { text: '', finishReason: 'error' }
    const { assistant, requests } = setup({ script: [broken, broken, broken, 'Без функций'] })

    const answer = await assistant.answer(question('молоко'))

    expect(requests.map(r => r.functionCall)).toEqual(['auto', 'auto', 'auto', 'none'])
    expect(answer.text).toBe('Без функций')
  })
})

describe('a tool that fails', () => {
  const down = () => new McpError('unavailable', 'down', true)

  test('after two failures in a row is no longer offered, and told so in the result only', async () => {
    const { assistant, shop, requests, results } = setup({
      script: [search('молоко'), search('хлеб'), 'Магазин не отвечает'],
    })
    shop.failing.search = down

    const answer = await assistant.answer(question('молоко и хлеб'))

    expect(results()).toMatchObject([{ error: 'failed' }, { error: 'tool_unavailable' }])
    expect(names(requests)[2]).not.toContain('vkusvill_products_search')
    expect(requests[2]?.messages.filter(m => m.role === 'user')).toHaveLength(1)
    expect(answer.text).toBe('Магазин не отвечает')
    expect(answer.error).toBeInstanceOf(McpError)
  })

  test('called all the same, it is not executed', async () => {
    const { assistant, shop, register } = setup({ script: [search('а'), search('б'), search('в'), 'Ой'] })
    shop.failing.search = down

    await assistant.answer(question('молоко'))

    expect(shop.searches).toHaveLength(2)
    expect(
      await metricValue(register, 'bot_tool_calls_total', { tool: 'vkusvill_products_search', outcome: 'unavailable' }),
    ).toBe(1)
  })

  test('that comes right again is no failure of the message, and may be repeated with the same words', async () => {
    const { assistant, shop } = setup({ script: [search('молоко'), search('молоко'), 'Вот'] })
    shop.failing.search = () => (shop.searches.length === 1 ? down() : undefined)

    const answer = await assistant.answer(question('молоко'))

    expect(shop.searches).toHaveLength(2)
    expect(answer.error).toBeNull()
  })

  test('beside a cart is not the failure of the message', async () => {
    const { assistant, shop } = setup({
      script: [
        search('молоко'),
        { call: 'vkusvill_product_details', args: { id: 1001 } },
        cart([{ xml_id: 1, q: 1 }]),
        'Готово',
      ],
    })
    shop.failing.details = down

    const answer = await assistant.answer(question('молоко'))

    expect(answer).toMatchObject({ text: 'Готово', error: null, cart: { cartNumber: 1 } })
  })

  test('a cart whose link could not be made is not tried again by itself', async () => {
    const { assistant, shop, users } = setup({ script: [search('молоко'), cart([{ xml_id: 1, q: 1 }]), 'Не вышло'] })
    shop.failing.createCart = () => new TimeoutError('shop', 20_000)

    const answer = await assistant.answer(question('молоко'))

    expect(shop.carts).toHaveLength(1)
    expect(users.created).toEqual([])
    expect(answer).toMatchObject({ text: 'Не вышло', cart: null, error: { name: 'TimeoutError' } })
  })
})

describe('a model that fails', () => {
  test('leaves the error, and the dialogue as it was', async () => {
    const { assistant, dialogue } = setup({ script: [search('молоко'), new RateLimitError('gigachat', 'busy')] })

    const answer = await assistant.answer(question('молоко'))

    expect(answer).toMatchObject({ text: null, cart: null, error: { name: 'RateLimitError' } })
    expect(dialogue.saves).toEqual([])
  })

  test('after a cart: the cart is there, with the error, and is remembered', async () => {
    const { assistant, dialogue } = setup({ script: [...breakfast.slice(0, 3), new TimeoutError('gigachat', 60_000)] })

    const answer = await assistant.answer(question('завтрак'))

    expect(answer).toMatchObject({
      text: null,
      error: { name: 'TimeoutError' },
      cart: { cartNumber: 1, totalMinor: 24_000 },
    })
    expect(dialogue.stored().at(-1)).toMatchObject({ role: 'function', name: 'vkusvill_cart_link_create' })
  })

  test('a refused topic gets a polite text and is forgotten', async () => {
    const { assistant, dialogue } = setup({ script: [{ text: 'Не хочу об этом говорить', finishReason: 'blacklist' }] })

    const answer = await assistant.answer(question('что-то запретное'))

    expect(answer).toMatchObject({ text: assistantTexts.refused, error: null })
    expect(dialogue.saves).toEqual([])
  })

  test('a refusal after a cart says nothing of its own', async () => {
    const { assistant } = setup({ script: [...breakfast.slice(0, 3), { text: 'Нет', finishReason: 'blacklist' }] })

    const answer = await assistant.answer(question('завтрак'))

    expect(answer).toMatchObject({ text: null, error: null, cart: { cartNumber: 1 } })
  })

  test('an answer that was cut off ends with a whole sentence', async () => {
    const { assistant } = setup({ script: [{ text: 'Вот молоко. А ещё мож', finishReason: 'length' }] })

    const answer = await assistant.answer(question('молоко'))

    expect(answer.text).toBe('Вот молоко.')
  })
})

describe('a dialogue the service refuses', () => {
  const refused = () => new UpstreamError('gigachat', 422, 'request refused as invalid', false)
  const before: Message[] = [
    { role: 'user', content: 'привет' },
    { role: 'assistant', content: 'Здравствуйте!' },
  ]

  test('is dropped and the question asked once more without it', async () => {
    const { assistant, requests, dialogue } = setup({ history: before, script: [refused(), 'Слушаю'] })

    const answer = await assistant.answer(question('молоко'))

    expect(requests[1]?.messages.map(m => m.role)).toEqual(['system', 'user'])
    expect(answer).toMatchObject({ text: 'Слушаю', error: null, hadHistory: true })
    expect(dialogue.stored()).toEqual([
      { role: 'user', content: 'молоко' },
      { role: 'assistant', content: 'Слушаю' },
    ])
  })

  test('twice is a failure, and the dialogue stays dropped', async () => {
    const { assistant, requests, dialogue } = setup({ history: before, script: [refused(), refused()] })

    const answer = await assistant.answer(question('молоко'))

    expect(requests).toHaveLength(2)
    expect(answer.error).toBeInstanceOf(UpstreamError)
    expect(dialogue.stored()).toEqual([])
  })

  test('without a dialogue nothing is tried again', async () => {
    const { assistant, requests } = setup({ script: [refused()] })

    await assistant.answer(question('молоко'))

    expect(requests).toHaveLength(1)
  })

  test('in the middle of a loop: what was searched is answered from memory, not searched again', async () => {
    const { assistant, shop, results } = setup({ script: [search('молоко'), refused(), search('молоко'), 'Вот'] })

    const answer = await assistant.answer(question('молоко'))

    expect(shop.searches).toHaveLength(1)
    expect(results()).toEqual([
      expect.objectContaining({ ok: true, products: [expect.objectContaining({ xml_id: 1 })] }),
    ])
    expect(results()[0]).not.toHaveProperty('note')
    expect(answer.text).toBe('Вот')
  })
})

describe('time', () => {
  afterEach(() => void vi.useRealTimers())

  const hanging: Turn = (_request, signal) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

  test('at the deadline the answer is a TimeoutError', async () => {
    vi.useFakeTimers()
    const { assistant } = setup({ script: [hanging], deadlineMs: 120_000 })

    const answering = assistant.answer(question('молоко'))
    await vi.advanceTimersByTimeAsync(120_000)

    expect((await answering).error).toBeInstanceOf(TimeoutError)
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

  test('a deadline after the cart leaves the cart', async () => {
    vi.useFakeTimers()
    const { assistant } = setup({ script: [...breakfast.slice(0, 3), hanging], deadlineMs: 1_000 })

    const answering = assistant.answer(question('завтрак'))
    await vi.advanceTimersByTimeAsync(1_000)

    expect(await answering).toMatchObject({ cart: { cartNumber: 1 }, error: { name: 'TimeoutError' } })
  })
})

describe('what stays in history', () => {
  test('words, calls with compact results, no hints, no wasted calls', async () => {
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
