import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { McpError, RateLimitError } from '../../errors.ts'
import { bread, cart, milk, searchAll, setup } from '../testing/assistant-setup.ts'
import { product, question } from '../testing/fakes.ts'

const Results = z.array(
  z.looseObject({ q: z.string(), products: z.array(z.looseObject({ xml_id: z.number() })).optional() }),
)
const resultsIn = (result: Record<string, unknown> | undefined) => Results.parse(result?.results)

describe('several queries in one call', () => {
  test('are searched each, answered in their order and recorded one by one', async () => {
    const { assistant, shop, events, results } = setup({ script: [searchAll('хлеб', 'молоко', 'устрицы'), 'Вот'] })

    await assistant.answer(question('хлеб, молоко и устрицы'))

    expect(shop.searches.map(({ query }) => query)).toEqual(['хлеб', 'молоко', 'устрицы'])
    expect(resultsIn(results()[0]).map(({ q, products }) => [q, products?.map(p => p.xml_id)])).toEqual([
      ['хлеб', [2]],
      ['молоко', [1]],
      ['устрицы', []],
    ])
    expect(events.map(({ metadata }) => metadata)).toEqual([
      { query: 'хлеб', results_count: 1, had_results: true },
      { query: 'молоко', results_count: 1, had_results: true },
      { query: 'устрицы', results_count: 0, had_results: false },
    ])
  })

  test('twenty-five of them have twenty-five events, which a second delivery in another order repeats', async () => {
    const queries = Array.from({ length: 25 }, (_, n) => `товар ${String.fromCharCode(1072 + n)}`)
    const first = setup({ script: [searchAll(...queries), 'Вот'] })
    const second = setup({ script: [searchAll(...queries.slice(13)), searchAll(...queries.slice(0, 13)), 'Вот'] })

    await first.assistant.answer(question('всё'))
    await second.assistant.answer(question('всё', { maybeRepeat: true }))

    const ids = first.events.map(({ id }) => id)
    expect(new Set(ids).size).toBe(25)
    expect(second.events.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  })

  test('more than twenty-five are refused with what to do', async () => {
    const queries = Array.from({ length: 26 }, (_, n) => `товар ${n}`)
    const { assistant, shop, results } = setup({ script: [searchAll(...queries), 'Вот'] })

    await assistant.answer(question('всё'))

    expect(results()[0]).toMatchObject({ error: 'invalid_arguments', note: expect.stringContaining('не больше 25') })
    expect(shop.searches).toEqual([])
  })

  test('at most three are in flight at the shop', async () => {
    const { assistant, shop } = setup({ script: [searchAll('а', 'б', 'в', 'г', 'д', 'е', 'ж'), 'Вот'] })
    const find = shop.search
    let inFlight = 0
    let most = 0
    shop.search = async (query, options) => {
      inFlight += 1
      most = Math.max(most, inFlight)
      await new Promise(resolve => setImmediate(resolve))
      inFlight -= 1
      return await find.call(shop, query, options)
    }

    await assistant.answer(question('всё'))

    expect(shop.searches).toHaveLength(7)
    expect(most).toBe(3)
  })

  test('those that ask the shop for the same are one search with one event', async () => {
    const { assistant, shop, events, results } = setup({
      script: [searchAll('молоко', 'Молоко', 'молоко 2 л', 'молоко'), 'Вот'],
      users: { preferences: [{ category: 'молоко', preference: 'безлактозное' }] },
    })

    await assistant.answer(question('молоко'))

    expect(shop.searches).toHaveLength(1)
    expect(events).toHaveLength(1)
    expect(resultsIn(results()[0]).map(({ q }) => q)).toEqual(['молоко', 'Молоко', 'молоко 2 л'])
  })

  test('the progress counts them', async () => {
    const { assistant } = setup({ script: [searchAll('молоко', 'хлеб', 'сыр', 'яблоки'), 'Вот'] })
    const asked = question('всё')

    await assistant.answer(asked)

    expect(asked.stages.slice(1)).toEqual([1, 2, 3, 4].map(searches => ({ stage: 'searching', searches })))
  })

  test('what is doubtful is marked, each for itself', async () => {
    const { assistant, shop, results } = setup({ script: [searchAll('молоко', 'вагю'), 'Вот'] })
    const find = shop.search
    shop.search = async (query, options) =>
      query === 'вагю' ? { query, total: 1, products: [bread] } : await find.call(shop, query, options)

    await assistant.answer(question('молоко и вагю'))

    const [one, other] = resultsIn(results()[0])
    expect(one).not.toHaveProperty('relevance_warning')
    expect(other).toHaveProperty('relevance_warning')
  })

  test('a new preference or a later call does not search again what was searched', async () => {
    const { assistant, shop } = setup({ script: [searchAll('молоко', 'хлеб'), searchAll('хлеб', 'сыр'), 'Вот'] })

    await assistant.answer(question('всё'))

    expect(shop.searches.map(({ query }) => query)).toEqual(['молоко', 'хлеб', 'сыр'])
  })
})

describe('the size of the answer', () => {
  const shelfOf = (name: string, condition: string | null) =>
    Array.from({ length: 10 }, (_, n) =>
      product(30_000 + n, `${name} ${n}, 450 г`, {
        id: 30_000 + n,
        price: { currentMinor: 12_300, oldMinor: condition === null ? null : 23_400, condition },
      }),
    )
  const usual = shelfOf('Молоко пастеризованное 3,2%', null)
  const wordy = shelfOf(
    'Товар с очень длинным названием, каких во ВкусВилле немало, в упаковке с подробным описанием',
    'Цена действует до 29.11.2026 при покупке от 2 шт',
  )
  const many = async (count: number, shelf: typeof usual) => {
    const queries = Array.from({ length: count }, (_, n) => `товар ${n}`)
    const bot = setup({ script: [searchAll(...queries), 'Вот'] })
    bot.shop.search = async query => ({ query, total: 10, products: structuredClone(shelf) })
    await bot.assistant.answer(question('всё'))
    const [content] = bot.requests.at(-1)?.messages.flatMap(m => (m.role === 'function' ? [m.content] : [])) ?? []
    return { queries, content: content ?? '', read: bot.results()[0], dialogue: bot.dialogue }
  }

  test.each([
    [1, 5],
    [2, 5],
    [5, 4],
    [12, 3],
    [25, 3],
  ])('of %i queries is bounded, and each has %i products', async (count, shown) => {
    const { queries, content, read } = await many(count, usual)

    const results = count === 1 ? Results.parse([read]) : resultsIn(read)
    expect(content.length).toBeLessThanOrEqual(14_000)
    expect(results.map(({ q }) => q)).toEqual(queries)
    expect(results.map(({ products }) => products?.length)).toEqual(queries.map(() => shown))
  })

  test('of products with the longest names is bounded too, and no query goes without one', async () => {
    const { queries, content, read } = await many(25, wordy)

    expect(content.length).toBeLessThanOrEqual(14_000)
    expect(resultsIn(read).map(({ q }) => q)).toEqual(queries)
    expect(resultsIn(read).every(({ products }) => products !== undefined && products.length > 0)).toBe(true)
  })

  test('in the history is bounded more, and every query keeps a product', async () => {
    const { queries, dialogue } = await many(25, usual)

    const [stored] = dialogue.stored().flatMap(m => (m.role === 'function' ? [m.content] : []))
    const results = resultsIn(JSON.parse(stored ?? ''))
    expect(stored?.length).toBeLessThanOrEqual(8_000)
    expect(results.map(({ q }) => q)).toEqual(queries)
    expect(results.every(({ products }) => products !== undefined && products.length > 0)).toBe(true)
  })
})

describe('queries that fail', () => {
  const script = [searchAll('молоко', 'хлеб', 'сыр'), cart([{ xml_id: 1 }, { xml_id: 3 }]), 'Готово']

  test('leave the others their results, and are named', async () => {
    const { assistant, shop, results, events } = setup({ script })
    shop.failing.search = query => (query === 'хлеб' ? new McpError('unavailable', 'down', true) : undefined)

    const answer = await assistant.answer(question('молоко, хлеб, сыр'))

    expect(results()[0]).toMatchObject({
      ok: true,
      results: [
        { q: 'молоко', products: [{ xml_id: 1 }] },
        { q: 'хлеб', error: expect.any(String) },
        { q: 'сыр', products: [{ xml_id: 3 }] },
      ],
      failed: ['хлеб'],
      note: expect.stringContaining('failed'),
    })
    expect(events.map(({ metadata }) => metadata)).toMatchObject([{ query: 'молоко' }, { query: 'сыр' }])
    expect(answer).toMatchObject({ error: null, cart: { cartNumber: 1, notFound: ['хлеб'] } })
  })

  test('may be asked again, also in the very same call, and found then they are not missing', async () => {
    const [searched, ...rest] = script
    const { assistant, shop } = setup({
      script: [searched ?? '', searched ?? '', cart([{ xml_id: 1 }, { xml_id: 2 }]), ...rest],
    })
    let failures = 0
    shop.failing.search = query =>
      query === 'хлеб' && failures++ === 0 ? new McpError('unavailable', 'down', true) : undefined

    const answer = await assistant.answer(question('молоко, хлеб, сыр'))

    expect(shop.searches.map(({ query }) => query)).toEqual(['молоко', 'хлеб', 'сыр', 'хлеб'])
    expect(answer.cart?.notFound).toEqual([])
  })

  test('all of them are a failure of the tool', async () => {
    const { assistant, shop, results } = setup({ script: [searchAll('молоко', 'хлеб'), 'Ой'] })
    shop.failing.search = () => new McpError('unavailable', 'down', true)

    const answer = await assistant.answer(question('молоко и хлеб'))

    expect(results()[0]).toMatchObject({ ok: false, error: 'failed' })
    expect(answer.error).toBeInstanceOf(McpError)
  })

  test('for the limit of the shop end the search: no further query is sent', async () => {
    const { assistant, shop, results } = setup({ script: [searchAll('молоко', 'а', 'б', 'в', 'г', 'д'), 'Ой'] })
    shop.failing.search = query => (query === 'молоко' ? undefined : new RateLimitError('shop', 'slow down'))

    await assistant.answer(question('всё'))

    expect(shop.searches.length).toBeLessThanOrEqual(4)
    expect(results()[0]).toMatchObject({ ok: true, failed: ['а', 'б', 'в', 'г', 'д'] })
  })
})

test.each([
  ['a query alone', { query: 'молоко' }, ['молоко']],
  ['under its older name', { q: ' молоко ' }, ['молоко']],
  ['a text in place of the list', { queries: 'молоко' }, ['молоко']],
  ['a text with commas', { queries: 'молоко, хлеб' }, ['молоко', 'хлеб']],
  ['a list in a text', { queries: '["молоко","хлеб"]' }, ['молоко', 'хлеб']],
  ['queries in objects', { queries: [{ q: 'молоко' }, { query: 'хлеб' }] }, ['молоко', 'хлеб']],
  ['with blank ones and repetitions', { queries: ['молоко', ' ', 'молоко '] }, ['молоко']],
])('arguments are read as the model writes them: %s', async (_, args, searched) => {
  const { assistant, shop } = setup({
    script: [{ call: 'vkusvill_products_search', args }, 'Вот'],
    products: [milk, bread],
  })

  await assistant.answer(question('молоко и хлеб'))

  expect(shop.searches.map(({ query }) => query)).toEqual(searched)
})
