import { describe, expect, test } from 'vitest'
import { metricValue } from '../../test/support/metrics.ts'
import { McpError, RateLimitError, TimeoutError, UpstreamError } from '../errors.ts'
import type { Message } from './model/chat-model.ts'
import { breakfast, cart, offered, search, setup } from './testing/assistant-setup.ts'
import { question } from './testing/fakes.ts'
import { assistantTexts } from './texts.ts'

describe('a tool that fails', () => {
  const down = () => new McpError('unavailable', 'down', true)

  test('after two failures in a row is no longer offered, which only the result states', async () => {
    const { assistant, shop, requests, results } = setup({
      script: [search('молоко'), search('хлеб'), 'Магазин не отвечает'],
    })
    shop.failing.search = down

    const answer = await assistant.answer(question('молоко и хлеб'))

    expect(results()).toMatchObject([{ error: 'failed' }, { error: 'tool_unavailable' }])
    expect(offered(requests)[2]).not.toContain('vkusvill_products_search')
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

  test('that comes right again is no failure of the message, and may be repeated with the same arguments', async () => {
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

  test('a cart whose link could not be made is not retried without the model', async () => {
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

  test('a refused topic gets a polite text and is not stored', async () => {
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

  test('is dropped and the question asked again without it', async () => {
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

  test('again later in the same message is a failure', async () => {
    const script = [search('молоко'), refused(), search('хлеб'), refused(), 'Вот']
    const { assistant, requests } = setup({ script })

    const answer = await assistant.answer(question('молоко и хлеб'))

    expect(requests).toHaveLength(4)
    expect(answer.error).toBeInstanceOf(UpstreamError)
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

test('a dialogue refused after the cart: only the cart and its result are sent again', async () => {
  const refused = new UpstreamError('gigachat', 422, 'request refused as invalid', false)
  const { assistant, requests } = setup({ script: [...breakfast.slice(0, 3), refused, 'Готово'] })

  const answer = await assistant.answer(question('завтрак'))

  expect(requests[4]?.messages.map(m => m.role)).toEqual(['system', 'user', 'assistant', 'function'])
  expect(answer).toMatchObject({ text: 'Готово', error: null, cart: { cartNumber: 1 } })
})
