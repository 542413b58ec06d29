import { describe, expect, test } from 'vitest'
import { RateLimitError, TimeoutError } from '../../errors.ts'
import { silentLog } from '../../telemetry/log.ts'
import { createMessageContext } from '../message-context.ts'
import { createRecipeBook } from '../recipes/recipe-book.ts'
import { search, setup } from '../testing/assistant-setup.ts'
import { createFakeRecorder, createScriptedChat, product, question } from '../testing/fakes.ts'

const beet = product(10, 'Свекла', { unit: 'кг', weightGrams: null })
const meat = product(11, 'Говядина для супа', { weightGrams: 400 })
const otherMeat = product(12, 'Говядина тушёная')
const eggs = product(13, 'Яйца куриные, 10 шт')
const kitchen = [beet, meat, otherMeat, eggs]
const recipe = (dish: string, servings?: number) => ({ call: 'recipe_ingredients', args: { dish, servings } })
const borscht = JSON.stringify([
  { name: 'свёкла', quantity: 2, unit: 'шт', search_query: 'свекла' },
  { name: 'говядина', quantity: 0.5, unit: 'кг', search_query: 'говядина' },
  { name: 'яйца', quantity: 12, unit: 'шт', search_query: 'яйца' },
  { name: 'лавр', quantity: 1, unit: 'шт', optional: true },
])

describe('a recipe', () => {
  test('brings its ingredients with the products for them and how much to buy', async () => {
    const { assistant, results, requests } = setup({ script: [recipe('борщ', 4), borscht, 'Вот'], products: kitchen })

    await assistant.answer(question('борщ на четверых'))

    expect(requests[1]).toMatchObject({ functionCall: 'none', functionName: 'recipe_ingredients' })
    expect(requests[1]).not.toHaveProperty('functions')
    expect(requests[1]?.messages.at(-1)?.content).toBe('Блюдо: борщ\nПорций: 4')
    expect(results()[0]).toMatchObject({
      ok: true,
      servings: 4,
      ingredients: [
        { name: 'свёкла', best_match: { xml_id: 10, suggested_q: 0.6 } },
        {
          name: 'говядина',
          kg_equivalent: 0.5,
          best_match: { xml_id: 11, suggested_q: 2 },
          alternatives: [{ xml_id: 12 }],
        },
        { name: 'яйца', pack_equivalent: 2, best_match: { xml_id: 13, suggested_q: 2 } },
        { name: 'лавр', optional: true, best_match: null },
      ],
      not_found: ['лавр'],
    })
  })

  test('each of its searches is an event, and the model searching again is none', async () => {
    const { assistant, events, shop } = setup({
      script: [recipe('борщ', 4), borscht, search('свекла'), search('говядина'), 'Вот'],
      products: kitchen,
    })

    await assistant.answer(question('борщ'))

    expect(events.map(e => 'query' in e.metadata && e.metadata.query)).toEqual(['свекла', 'говядина', 'яйца', 'лавр'])
    expect(shop.searches).toHaveLength(4)
  })

  test('counts its model call in the numbering and the sum', async () => {
    const { assistant, usageCalls, usage } = setup({ script: [recipe('борщ'), borscht, 'Вот'], products: kitchen })

    await assistant.answer(question('борщ'))

    expect(usageCalls.map(c => [c.callNumber, c.functionName])).toEqual([
      [1, 'recipe_ingredients'],
      [2, 'recipe_ingredients'],
      [3, ''],
    ])
    expect(usage).toMatchObject([{ calls: 3 }])
  })

  test('of a preserve is not made: it is bought ready', async () => {
    const { assistant, results, requests } = setup({ script: [recipe('квашеная капуста'), 'Возьмём готовую'] })

    await assistant.answer(question('приготовить квашеную капусту'))

    expect(results()[0]).toMatchObject({ ok: false, error: 'buy_ready' })
    expect(requests).toHaveLength(2)
  })

  test('that nobody knows is no failure', async () => {
    const { assistant, results } = setup({ script: [recipe('абракадабра'), '[]', 'Не знаю'] })

    const answer = await assistant.answer(question('абракадабра'))

    expect(results()[0]).toMatchObject({ ok: false, error: 'unknown_dish' })
    expect(answer.error).toBeNull()
  })

  test('that is no list is a failure of the tool', async () => {
    const { assistant, results } = setup({ script: [recipe('борщ'), 'Сначала сварите бульон.', 'Не вышло'] })

    const answer = await assistant.answer(question('борщ'))

    expect(results()[0]).toMatchObject({ ok: false, error: 'failed' })
    expect(answer.error).toMatchObject({ name: 'UpstreamError' })
  })

  test('with one search failing names that ingredient and keeps the rest', async () => {
    const { assistant, results, shop } = setup({ script: [recipe('борщ'), borscht, 'Вот'], products: kitchen })
    shop.failing.search = query => (query === 'говядина' ? new TimeoutError('shop', 20_000) : undefined)

    const answer = await assistant.answer(question('борщ'))

    expect(results()[0]).toMatchObject({
      ok: true,
      ingredients: [{ best_match: { xml_id: 10 } }, { error: expect.any(String) }, { best_match: { xml_id: 13 } }, {}],
    })
    expect(answer.error).toBeNull()
  })

  test('stops searching once the shop refuses for its limit', async () => {
    const { assistant, shop } = setup({ script: [recipe('борщ'), borscht, 'Вот'], products: kitchen })
    shop.failing.search = query => (query === 'говядина' ? new RateLimitError('shop', 'slow down') : undefined)

    await assistant.answer(question('борщ'))

    expect(shop.searches.map(s => s.query)).toEqual(['свекла', 'говядина'])
  })

  test('with no search answered is a failure', async () => {
    const { assistant, shop } = setup({ script: [recipe('борщ'), borscht, 'Не вышло'], products: kitchen })
    shop.failing.search = () => new RateLimitError('shop', 'slow down')

    expect((await assistant.answer(question('борщ'))).error).toBeInstanceOf(RateLimitError)
  })

  test('keeps its products in history, without the alternatives', async () => {
    const { assistant, dialogue } = setup({ script: [recipe('борщ'), borscht, 'Вот'], products: kitchen })

    await assistant.answer(question('борщ'))

    const kept = dialogue.stored().find(m => m.role === 'function')?.content ?? ''
    expect(JSON.parse(kept)).toMatchObject({ ingredients: [{ best_match: { xml_id: 10 } }, {}, {}, {}] })
    expect(kept).not.toContain('alternatives')
  })
})

describe('the recipe book', () => {
  const message = (chat: ReturnType<typeof createScriptedChat>['chat'], signal = new AbortController().signal) =>
    createMessageContext(
      {
        chat,
        recordUsage: () => ({ calls: 1, tokens: 1, costRub: 0 }),
        users: { preferences: async () => [] },
        recorder: createFakeRecorder().recorder,
        log: silentLog,
        now: () => new Date(0),
      },
      question('борщ'),
      [],
      signal,
    )

  test('remembers a dish under any spelling and scales it', async () => {
    const { chat, requests } = createScriptedChat(borscht)
    const book = createRecipeBook()

    await book.find('Борщ', 4, message(chat))
    const second = await book.find('  борщ! ', 2, message(chat))

    expect(requests).toHaveLength(1)
    expect(second).toMatchObject({
      cached: true,
      ingredients: [{ quantity: 1 }, { quantity: 0.25 }, { quantity: 6 }, {}],
    })
  })

  test('asked twice at once, the model is asked once', async () => {
    const { chat, requests } = createScriptedChat(borscht)
    const book = createRecipeBook()

    const both = await Promise.all([book.find('борщ', 4, message(chat)), book.find('борщ', 8, message(chat))])

    expect(requests).toHaveLength(1)
    expect(both.map(r => r.ingredients[0]?.quantity)).toEqual([2, 4])
  })

  test('when the one who asked gives up, the other asks for themselves', async () => {
    const leaving = new AbortController()
    const { chat, requests } = createScriptedChat(
      (_request, signal) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
      borscht,
    )
    const book = createRecipeBook()

    const first = book.find('борщ', 4, message(chat, leaving.signal))
    const second = book.find('борщ', 4, message(chat))
    leaving.abort(new Error('gone'))

    await expect(first).rejects.toThrow('gone')
    expect((await second).ingredients).toHaveLength(4)
    expect(requests).toHaveLength(2)
  })

  test('a dish nobody knows is asked for again', async () => {
    const { chat, requests } = createScriptedChat('[]', borscht)
    const book = createRecipeBook()

    await book.find('борщ', 4, message(chat))
    const second = await book.find('борщ', 4, message(chat))

    expect(requests).toHaveLength(2)
    expect(second.cached).toBe(false)
  })
})

describe('nutrition', () => {
  const count = (...items: Record<string, unknown>[]) => ({ call: 'nutrition_calculate', args: { items } })

  test('is summed from the cards, one decimal, and what is missing is named', async () => {
    const { assistant, shop, results } = setup({
      script: [
        search('говядина'),
        count({ xml_id: 11, grams: 250 }, { xml_id: 12, grams: '100' }, { xml_id: 99, name: 'манго', grams: 50 }),
        'Вот',
      ],
      products: kitchen,
    })
    shop.cards.set(1011, { nutrition: { kcal: 187.3, protein: 18.9, fat: 12.4, carbs: null } })
    shop.cards.set(1012, { nutrition: { kcal: 200, protein: 15, fat: 15, carbs: 2.5 } })

    await assistant.answer(question('калории'))

    expect(results()[1]).toMatchObject({
      ok: true,
      items: [
        { name: 'Говядина для супа', kcal: 468.3, protein: 47.3, fat: 31, carbs: null },
        { kcal: 200 },
        { name: 'манго', kcal: null },
      ],
      total: { kcal: 668.3, protein: 62.3, fat: 46, carbs: 2.5 },
      missing: [
        { name: 'Говядина для супа', unknown: ['carbs'] },
        { name: 'манго', unknown: ['kcal', 'protein', 'fat', 'carbs'] },
      ],
    })
  })

  test('of nothing known has no sum', async () => {
    const { assistant, results } = setup({ script: [count({ name: 'амброзия', grams: 100 }), 'Не знаю'] })

    await assistant.answer(question('калории'))

    expect(results()[0]).toMatchObject({ total: { kcal: null, protein: null, fat: null, carbs: null } })
  })

  test('fails when no card can be read', async () => {
    const { assistant, shop } = setup({ script: [count({ id: 1011, grams: 100 }), 'Не вышло'], products: kitchen })
    shop.failing.details = () => new TimeoutError('shop', 20_000)

    expect((await assistant.answer(question('калории'))).error).toBeInstanceOf(TimeoutError)
  })
})

test('the card of a product holds composition, allergens and nutrition, and no novel', async () => {
  const { assistant, shop, results } = setup({
    script: [search('говядина'), { call: 'vkusvill_product_details', args: { id: 1011 } }, 'Вот'],
    products: kitchen,
  })
  shop.cards.set(1011, {
    description: 'слово '.repeat(500),
    nutrition: { kcal: 187, protein: 18.9, fat: 12.4, carbs: 0 },
    properties: {
      Состав: 'говядина',
      'Аллергены по производителям': 'нет',
      Изготовитель: 'ООО',
      'Срок годности': '5 суток',
    },
  })

  await assistant.answer(question('состав'))

  expect(results()[1]).toMatchObject({ ok: true, id: 1011, nutrition_per_100g: { kcal: 187 } })
  expect(results()[1]?.properties).toEqual({
    Состав: 'говядина',
    'Аллергены по производителям': 'нет',
    'Срок годности': '5 суток',
  })
  expect(JSON.stringify(results()[1]).length).toBeLessThan(1_200)
})
