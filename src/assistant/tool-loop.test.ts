import { describe, expect, test } from 'vitest'
import { metricValue } from '../../test/support/metrics.ts'
import { loopLimits } from './offers.ts'
import { cart, offered, search, setup } from './testing/assistant-setup.ts'
import { question, type Turn } from './testing/fakes.ts'

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

    expect(offered(requests)[4]).toEqual(['vkusvill_cart_link_create'])
    expect(answer.cart?.cartNumber).toBe(1)
  })

  test('and when it repeats itself three times still, only text', async () => {
    const { assistant, requests } = setup({ script: [search('молоко')] })

    const answer = await assistant.answer(question('молоко'))

    expect(requests).toHaveLength(8)
    expect(offered(requests).slice(4)).toEqual([...Array(3).fill(['vkusvill_cart_link_create']), undefined])
    expect(answer).toMatchObject({ text: null, cart: null, error: null })
  })

  test('a repetition between two new calls forces nothing', async () => {
    const { assistant, requests } = setup({
      script: [search('молоко'), search('молоко'), search('молоко'), search('хлеб'), search('хлеб'), 'Вот'],
    })

    await assistant.answer(question('молоко'))

    expect(offered(requests)[5]).toEqual(offered(requests)[0])
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
  const searches = (count: number): Turn[] => Array(count).fill(endless())
  const onlyCart = ['vkusvill_cart_link_create']

  test('at most twenty calls are executed, the last of them only a cart', async () => {
    const { assistant, shop, requests } = setup({ script: [endless()] })

    await assistant.answer(question('всё'))

    expect(shop.searches).toHaveLength(19)
    expect(offered(requests).at(-2)).toEqual(onlyCart)
    expect(requests.at(-1)?.functionCall).toBe('none')
  })

  test('how many searches are left is stated from five on, and why only the cart is left', async () => {
    const { assistant, results } = setup({ script: [...searches(19), 'Вот'] })

    await assistant.answer(question('всё'))

    expect(results().map(result => result.searches_left)).toEqual([
      ...Array(13).fill(undefined),
      5,
      4,
      3,
      2,
      1,
      undefined,
    ])
    expect(results().at(-1)?.note).toMatch(/Поиски на это сообщение закончились.*vkusvill_cart_link_create/)
    expect(results()[17]?.note).not.toMatch(/vkusvill_cart_link_create/)
  })

  test('neither is stored in the history', async () => {
    const { assistant, dialogue } = setup({ script: [...searches(19), 'Вот'] })

    await assistant.answer(question('всё'))

    expect(JSON.stringify(dialogue.stored())).not.toMatch(/searches_left|закончились/)
  })

  test.each<[string, Turn]>([
    ['a search', search('ещё')],
    ['an unknown function', { call: 'web_search' }],
    ['a cart with unusable arguments', cart([])],
    ['a cart of unknown products', cart([{ xml_id: 77 }])],
  ])('the cart goes on being offered after %s, with the reason', async (_, wrong) => {
    const { assistant, requests, results } = setup({
      script: [search('молоко'), ...searches(18), wrong, cart([{ xml_id: 1 }]), 'Готово'],
    })

    const answer = await assistant.answer(question('всё'))

    expect(offered(requests).slice(19, 21)).toEqual([onlyCart, onlyCart])
    expect(results()[19]?.note).toMatch(/Осталась только vkusvill_cart_link_create/)
    expect(answer.cart).toMatchObject({ cartNumber: 1 })
  })

  test('a cart that is refused at the end may be corrected twice', async () => {
    const script = [search('молоко'), ...searches(18), ...[4, 3, 2, 1].map(q => cart([{ xml_id: 1, q }], 100))]
    const { assistant, requests, shop } = setup({ script: [...script, 'Не вышло'] })

    const answer = await assistant.answer(question('молоко до 100 рублей'))

    expect(shop.carts).toEqual([])
    expect(offered(requests).slice(19)).toEqual([onlyCart, onlyCart, onlyCart, undefined])
    expect(answer.cart).toBeNull()
  })

  test('nothing is offered and the reason is stated where no cart is left to be made', async () => {
    const { assistant, requests, results } = setup({
      script: [search('молоко'), cart([{ xml_id: 1 }]), ...searches(18), 'Корзин нет'],
      users: { cartsCreated: 5 },
    })

    await assistant.answer(question('всё'))

    expect(offered(requests).at(-1)).toBeUndefined()
    expect(results().at(-1)?.note).toMatch(/ответь текстом/)
  })

  test('at most forty steps, however they are spent', async () => {
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

  test('bad arguments are listed by name, and nothing is executed', async () => {
    const { assistant, results, shop } = setup({
      script: [{ call: 'vkusvill_products_search', args: { q: '  ', sort: 'best' } }, 'Ой'],
    })

    await assistant.answer(question('молоко'))

    expect(results()[0]).toMatchObject({
      ok: false,
      error: 'invalid_arguments',
      note: expect.stringMatching(/queries: .*sort: /),
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

describe('several calls in one turn', () => {
  test('are executed one after another and read back as turns with one call each', async () => {
    const { assistant, shop, requests, dialogue } = setup({
      script: [{ calls: [search('молоко'), search('хлеб')] }, 'Нашёл'],
    })

    await assistant.answer(question('молоко и хлеб'))

    expect(shop.searches).toHaveLength(2)
    expect(requests).toHaveLength(2)
    const roles = requests[1]?.messages.map(({ role }) => role)
    expect(roles).toEqual(['system', 'user', 'assistant', 'function', 'assistant', 'function'])
    expect(dialogue.stored().map(({ role }) => role)).toEqual([...(roles ?? []).slice(1), 'assistant'])
  })

  test('a cart among them is the last that is executed', async () => {
    const { assistant, shop, users } = setup({
      script: [
        search('молоко'),
        { calls: [cart([{ xml_id: 1, q: 1 }]), search('хлеб'), cart([{ xml_id: 1, q: 2 }])] },
        'Готово',
      ],
    })

    const answer = await assistant.answer(question('молоко'))

    expect(answer.cart?.lines).toMatchObject([{ q: 1 }])
    expect(users.created).toHaveLength(1)
    expect(shop.searches).toHaveLength(1)
  })

  test('count as calls: at most twenty of a message are executed', async () => {
    const many = Array.from({ length: 40 }, (_, i) => search(`товар ${i}`))
    const { assistant, shop } = setup({ script: [{ calls: many }, 'Хватит'] })

    await assistant.answer(question('всё'))

    expect(shop.searches.length).toBeLessThanOrEqual(loopLimits.toolCalls)
  })
})
