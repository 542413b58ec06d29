import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { factId } from '../../events/fact-id.ts'
import { search, setup } from '../testing/assistant-setup.ts'
import { product, question } from '../testing/fakes.ts'

describe('what the model reads', () => {
  test('at most five products, eight facts each', async () => {
    const products = Array.from({ length: 8 }, (_, i) => product(i + 1, `Молоко ${i}`))
    const { assistant, results } = setup({ script: [search('молоко'), 'Вот'], products })

    await assistant.answer(question('молоко'))

    expect(results()[0]?.products).toHaveLength(5)
    expect(results()[0]?.products).toContainEqual({
      xml_id: 1,
      id: 1001,
      name: 'Молоко 0',
      price: 100,
      price_per_kg: 200,
      unit: 'шт',
      weight_g: 500,
      rating: 4.8,
    })
  })

  test('a conditional discount stands beside the price of one piece, which is what the cart counts', async () => {
    const milk = product(1, 'Молоко', { price: { currentMinor: 8_050, oldMinor: 9_900, condition: 'от 2 шт' } })
    const buy = (q: number) => ({ call: 'vkusvill_cart_link_create', args: { products: [{ xml_id: 1, q }] } })
    const one = setup({ script: [search('молоко'), buy(1), 'Вот'], products: [milk] })
    const two = setup({ script: [search('молоко'), buy(2), 'Вот'], products: [milk] })

    const { cart } = await one.assistant.answer(question('молоко'))
    const pair = await two.assistant.answer(question('два молока'))

    const [brief] = z.array(z.record(z.string(), z.unknown())).parse(one.results()[0]?.products)
    expect(brief).toMatchObject({ price: 99, discount_price: 80.5, discount_condition: 'от 2 шт' })
    expect(brief).not.toHaveProperty('old_price')
    expect(cart?.totalMinor).toBe(9_900)
    expect(pair.cart?.totalMinor).toBe(16_100)
  })

  // the clock of these tests stands at 22.11.2026
  test.each([
    ['21.11.2026', { price: 99 }],
    ['22.11.2026', { price: 80, old_price: 99, discount_condition: 'Цена действует до 22.11.2026' }],
  ])('a discount until %s is judged by the clock', async (last, expected) => {
    const condition = `Цена действует до ${last}`
    const milk = product(1, 'Молоко', { price: { currentMinor: 8_000, oldMinor: 9_900, condition } })
    const { assistant, results } = setup({ script: [search('молоко'), 'Вот'], products: [milk] })

    await assistant.answer(question('молоко'))

    const [brief] = z.array(z.record(z.string(), z.unknown())).parse(results()[0]?.products)
    const { price, old_price, discount_price, discount_condition } = brief ?? {}
    expect({ price, old_price, discount_price, discount_condition }).toEqual(expected)
  })

  test('the cheapest first by the kilogram, at the price one pays', async () => {
    const products = [
      product(1, 'Молоко детское', { rub: 54, weightGrams: 200 }),
      product(2, 'Молоко', {
        weightGrams: 900,
        price: { currentMinor: 6_000, oldMinor: 12_000, condition: 'по карте' },
      }),
      product(3, 'Молоко отборное', { rub: 93, weightGrams: 1_000 }),
    ]
    const cheapest = { call: 'vkusvill_products_search', args: { q: 'молоко', sort: 'price_asc' } }
    const { assistant, results } = setup({ script: [cheapest, 'Вот'], products })

    await assistant.answer(question('молоко подешевле'))

    expect(results()[0]).toMatchObject({ products: [{ xml_id: 3 }, { xml_id: 2 }, { xml_id: 1 }] })
  })

  test('nothing found is no failure; what does not look like it is doubted', async () => {
    const steak = product(1, 'Стейк форели')
    const { assistant, results, shop } = setup({ script: [search('вагю'), search('мрамор'), 'Нет'], products: [steak] })
    const find = shop.search
    shop.search = async (query, options) => {
      const found = await find(query, options)
      return query === 'вагю' ? { ...found, total: 1, products: [steak] } : found
    }

    const answer = await assistant.answer(question('вагю'))

    expect(results()[0]).toHaveProperty('relevance_warning')
    expect(results()[1]).toMatchObject({ ok: true, products: [] })
    expect(answer.error).toBeNull()
  })
})

describe('the event', () => {
  test('one per search, with the argument as the model wrote it and how much was found', async () => {
    const { assistant, events } = setup({ script: [search('Молоко'), search('устрицы'), 'Вот'] })

    await assistant.answer(question('молоко и устрицы', { maybeRepeat: true }))

    expect(events).toEqual([
      {
        id: factId('10/1700000000', 'search/popularity молоко'),
        type: 'product_search',
        metadata: { query: 'Молоко', results_count: 1, had_results: true },
        maybeRepeat: true,
      },
      {
        id: factId('10/1700000000', 'search/popularity устрицы'),
        type: 'product_search',
        metadata: { query: 'устрицы', results_count: 0, had_results: false },
        maybeRepeat: true,
      },
    ])
  })

  test('counts all there is, not only what was shown', async () => {
    const { assistant, events, shop } = setup({ script: [search('молоко'), 'Вот'] })
    const find = shop.search
    shop.search = async (query, options) => ({ ...(await find(query, options)), total: 837 })

    await assistant.answer(question('молоко'))

    expect(events[0]?.metadata).toMatchObject({ results_count: 837 })
  })

  test.each([
    ['торт +7 916 123-45-67', 'торт [phone]', 'торт'],
    ['торт для Анны Петровой', 'торт для [name]', 'торт'],
    ['торт, меня зовут Анна', 'торт, меня зовут [name]', 'торт'],
    ['торт кв. 12', 'торт [address]', 'торт'],
    ['торт на ул. Ленина, 5', 'торт на [address]', 'торт на'],
  ])('«%s» is recorded masked, and the shop is asked without what was masked', async (query, recorded, searched) => {
    const { assistant, events, shop } = setup({ script: [search(query), 'Вот'] })

    await assistant.answer(question('торт'))

    expect(events[0]?.metadata).toMatchObject({ query: recorded })
    expect(shop.searches.map(({ query }) => query)).toEqual([searched])
  })

  test('a query of nothing but personal data is neither sent nor recorded', async () => {
    const { assistant, events, shop, results } = setup({ script: [search('+7 916 123-45-67'), 'Нет'] })

    await assistant.answer(question('торт'))

    expect(shop.searches).toEqual([])
    expect(events).toEqual([])
    expect(results()[0]).toMatchObject({ ok: true, products: [] })
  })

  test('a query of 255 characters that masking makes longer is cut again', async () => {
    const { assistant, events } = setup({ script: [search(`a@b.co ${'ж'.repeat(248)}`), 'Вот'] })

    await assistant.answer(question('торт'))

    expect(events[0]?.metadata).toMatchObject({ query: expect.stringMatching(/^\[email\] ж{247}$/) })
  })

  test('a search the shop failed is no event', async () => {
    const { assistant, events, shop } = setup({ script: [search('молоко'), 'Нет'] })
    shop.failing.search = () => new Error('down')

    await assistant.answer(question('молоко'))

    expect(events).toEqual([])
  })
})

describe('preferences', () => {
  const preferences = [
    { category: 'молоко', preference: 'безлактозное' },
    { category: 'хлеб', preference: 'хлеб бородинский' },
  ]

  test.each([
    ['молоко', 'молоко безлактозное'],
    ['Молоко 2,5% 1 л', 'Молоко безлактозное'],
    ['хлеб', 'хлеб бородинский'],
    ['молоко топлёное', 'молоко топлёное'],
  ])('«%s» is searched as «%s»', async (asked, searched) => {
    const { assistant, shop, events } = setup({ script: [search(asked), 'Вот'], users: { preferences } })

    await assistant.answer(question('еда'))

    expect(shop.searches.map(s => s.query)).toEqual([searched])
    expect(events[0]?.metadata).toMatchObject({ query: asked })
  })

  test('that cannot be read do not stop the search', async () => {
    const { assistant, shop } = setup({ script: [search('молоко'), 'Вот'], users: { preferencesFail: true } })

    const answer = await assistant.answer(question('молоко'))

    expect(shop.searches).toHaveLength(1)
    expect(answer.error).toBeNull()
  })

  test('are stored, listed and deleted, and the next search follows', async () => {
    const set = { call: 'user_preferences_set', args: { category: 'молоко', preference: 'топлёное' } }
    const remove = { call: 'user_preferences_delete', args: { category: 'молоко' } }
    const { assistant, shop, results } = setup({ script: [search('молоко'), set, search('молоко'), remove, 'Вот'] })

    await assistant.answer(question('молоко'))

    expect(shop.searches.map(s => s.query)).toEqual(['молоко', 'молоко топлёное'])
    expect(results()[3]).toEqual({ ok: true, deleted: true })
  })
})

describe('personal data in preferences', () => {
  test('is masked before it is stored, and left out of the search', async () => {
    const args = { category: 'торт для Анны', preference: 'звонить +7 916 123-45-67, ул. Ленина, 5' }
    const set = { call: 'user_preferences_set', args }
    const get = { call: 'user_preferences_get' }
    const remove = { call: 'user_preferences_delete', args: { category: args.category } }
    const { assistant, results } = setup({ script: [set, get, remove, get, 'Вот'] })

    await assistant.answer(question('запомни'))

    const stored = { category: 'торт для [name]', preference: 'звонить [phone], [address]' }
    expect(results()[0]).toEqual({ ok: true, ...stored })
    expect(results()[1]).toEqual({ ok: true, preferences: [stored] })
    expect(results()[2]).toEqual({ ok: true, deleted: true })
    expect(results()[3]).toEqual({ ok: true, preferences: [] })
  })

  test('that an older version stored as it was written does not reach the shop', async () => {
    const preferences = [{ category: 'торт', preference: 'медовик для Анны, 89161234567' }]
    const { assistant, shop } = setup({ script: [search('торт'), 'Вот'], users: { preferences } })

    await assistant.answer(question('торт'))

    expect(shop.searches.map(({ query }) => query)).toEqual(['торт медовик'])
  })

  test('that grows by masking still fits its column', async () => {
    const set = {
      call: 'user_preferences_set',
      args: { category: `${'a@b.co '.repeat(14)}`, preference: 'a@b.co '.repeat(71) },
    }
    const { assistant, results } = setup({ script: [set, 'Вот'] })

    await assistant.answer(question('запомни'))

    const [saved] = results()
    expect(String(saved?.category).length).toBeLessThanOrEqual(100)
    expect(String(saved?.preference).length).toBeLessThanOrEqual(500)
  })
})

describe('the allergy warning', () => {
  test('comes with an allergy in the message, a stored restriction or a preference, not for an earlier message', async () => {
    const inMessage = setup()
    const earlier = setup({ history: [{ role: 'user', content: 'у сына аллергия на орехи' }] })
    const restricted = setup({ users: { restrictions: [{ kind: 'allergy', value: 'орехи' }] } })
    const disliked = setup({ users: { restrictions: [{ kind: 'dislike', value: 'кинза' }] } })
    const stored = setup({
      script: [search('молоко'), 'Вот'],
      users: { preferences: [{ category: 'молоко', preference: 'без лактозы' }] },
    })

    const answers = [
      await inMessage.assistant.answer(question('у меня аллергия')),
      await earlier.assistant.answer(question('завтрак')),
      await stored.assistant.answer(question('молоко')),
      await restricted.assistant.answer(question('завтрак')),
      await disliked.assistant.answer(question('завтрак')),
    ]

    expect(answers.map(a => a.allergyWarning)).toEqual([true, false, true, true, false])
  })

  test('comes not without', async () => {
    const { assistant } = setup({ users: { preferences: [{ category: 'молоко', preference: 'топлёное' }] } })

    expect((await assistant.answer(question('завтрак'))).allergyWarning).toBe(false)
  })
})
