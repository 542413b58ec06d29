import { describe, expect, test } from 'vitest'
import { RateLimitError, TimeoutError } from '../../errors.ts'
import { borscht, kitchen, search, setup } from '../testing/assistant-setup.ts'
import { product, question } from '../testing/fakes.ts'

const recipe = (dish: string, servings?: number) => ({ call: 'recipe_ingredients', args: { dish, servings } })

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
      ],
      larder: ['лавр'],
      not_found: [],
    })
  })

  test('takes the right product rather than the first, and tries the head word once', async () => {
    const products = [
      product(20, 'Говядина без кости'),
      product(21, 'Говядина на кости', { weightGrams: 1_500 }),
      product(22, 'Свинина шейка'),
      product(23, 'Пицца Четыре сыра'),
    ]
    const written = JSON.stringify([
      { name: 'говядина на кости', quantity: 1.5, unit: 'кг', search_query: 'говядина' },
      { name: 'свинина шея', quantity: 500, unit: 'г' },
      { name: 'сыр бри', quantity: 1, unit: 'шт', search_query: 'сыр бри' },
    ])
    const { assistant, results, shop } = setup({ script: [recipe('рагу', 4), written, 'Вот'], products })

    await assistant.answer(question('рагу'))

    expect(results()[0]).toMatchObject({
      ingredients: [
        { best_match: { xml_id: 21, suggested_q: 1 } },
        { best_match: { xml_id: 22 } },
        { best_match: null },
      ],
    })
    expect(shop.searches.map(({ query }) => query)).toEqual(['говядина', 'свинина шея', 'свинина', 'сыр бри', 'сыр'])
  })

  test('that needs twelve eggs puts two boxes into the cart, in a later message too', async () => {
    const buy = { call: 'vkusvill_cart_link_create', args: { products: [{ xml_id: 13, q: 2 }] } }
    const { assistant, shop } = setup({
      script: [recipe('борщ', 4), borscht, 'Собрать?', buy, 'Вот'],
      products: kitchen,
    })

    await assistant.answer(question('борщ'))
    await assistant.answer(question('да', { update: { ...question('да').update, key: '11/1700000001' } }))

    expect(shop.carts).toEqual([[{ xmlId: 13, q: 2 }]])
  })

  test('says what a suggested quantity leaves over', async () => {
    const { assistant, results } = setup({ script: [recipe('борщ', 4), borscht, 'Вот'], products: kitchen })

    await assistant.answer(question('борщ'))

    expect(results()[0]).toMatchObject({
      ingredients: [{}, { best_match: { quantity_note: expect.stringContaining('не хватит 100 г') } }, {}],
    })
  })

  test('each of its searches is an event, and the model searching again is none', async () => {
    const { assistant, events, shop } = setup({
      script: [recipe('борщ', 4), borscht, search('свекла'), search('говядина'), 'Вот'],
      products: kitchen,
    })

    await assistant.answer(question('борщ'))

    expect(events.map(e => 'query' in e.metadata && e.metadata.query)).toEqual(['свекла', 'говядина', 'яйца'])
    expect(shop.searches).toHaveLength(3)
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

  test('that is unknown is no failure', async () => {
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
      ingredients: [{ best_match: { xml_id: 10 } }, { error: expect.any(String) }, { best_match: { xml_id: 13 } }],
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
    expect(JSON.parse(kept)).toMatchObject({ ingredients: [{ best_match: { xml_id: 10 } }, {}, {}] })
    expect(kept).not.toContain('alternatives')
  })

  test('names the larder and leaves extras out; what the user names is bought', async () => {
    const written = JSON.stringify([
      { name: 'спагетти', quantity: 200, unit: 'г' },
      { name: 'оливковое масло', quantity: 2, unit: 'ст.л.' },
      { name: 'соль', quantity: 1, unit: 'ч.л.' },
      { name: 'белое вино', quantity: 100, unit: 'мл' },
      { name: 'петрушка', quantity: 1, unit: 'пучок', optional: true },
      { name: 'мука', quantity: 1, unit: 'кг' },
    ])
    const first = setup({ script: [recipe('паста'), written, 'Вот'], products: [] })
    const second = setup({ script: [recipe('паста'), written, 'Вот'], products: [] })

    await first.assistant.answer(question('паста'))
    await second.assistant.answer(question('паста с белым вином и петрушкой'))

    expect(first.results()[0]).toMatchObject({
      ingredients: [{ name: 'спагетти' }, { name: 'мука' }],
      larder: ['оливковое масло', 'соль'],
      extra: ['белое вино', 'петрушка'],
    })
    expect(first.shop.searches.map(({ query }) => query)).toEqual(['спагетти', 'мука'])
    expect(second.shop.searches.map(({ query }) => query)).toEqual([
      'спагетти',
      'белое вино',
      'вино',
      'петрушка',
      'мука',
    ])
  })

  test('of several dishes takes what they share once, in the amount of all', async () => {
    const soup = JSON.stringify([
      { name: 'чеснок', quantity: 4, unit: 'зубчик' },
      { name: 'картофель', quantity: 3, unit: 'шт' },
      { name: 'соль', quantity: 1, unit: 'ч.л.' },
    ])
    const mash = JSON.stringify([
      { name: 'картофель', quantity: 1, unit: 'кг' },
      { name: 'чеснок', quantity: 1, unit: 'шт' },
      { name: 'соль', quantity: 1, unit: 'ч.л.' },
    ])
    const products = [product(1, 'Чеснок'), product(2, 'Картофель', { unit: 'кг', weightGrams: null })]
    const call = { call: 'recipe_ingredients', args: { dishes: ['суп', 'пюре', 'Суп'], servings: 4 } }
    const { assistant, results, shop } = setup({ script: [call, soup, mash, 'Вот'], products })

    await assistant.answer(question('суп и пюре'))

    expect(results()[0]).toMatchObject({
      dishes: ['суп', 'пюре'],
      ingredients: [
        { name: 'чеснок', for: ['суп', 'пюре'], best_match: { suggested_q: 1 } },
        { name: 'картофель', best_match: { suggested_q: 1.45 } },
      ],
      larder: ['соль'],
    })
    expect(shop.searches).toHaveLength(2)
  })

  test('keeps to a budget by cheaper products of the same kind', async () => {
    const written = JSON.stringify([
      { name: 'сыр', quantity: 1, unit: 'шт' },
      { name: 'хлеб', quantity: 1, unit: 'шт' },
    ])
    const products = [
      product(1, 'Сыр Пармезан', { rub: 900 }),
      product(2, 'Сыр Российский', { rub: 200 }),
      product(3, 'Хлеб', { rub: 60 }),
    ]
    const call = { call: 'recipe_ingredients', args: { dishes: ['бутерброды'], budget: 300 } }
    const cartOf = { call: 'vkusvill_cart_link_create', args: { products: [{ xml_id: 1 }, { xml_id: 3 }] } }
    const { assistant, results } = setup({ script: [call, written, cartOf, 'Вот'], products })

    await assistant.answer(question('бутерброды до 300 рублей'))

    expect(results()[0]).toMatchObject({ ingredients: [{ best_match: { xml_id: 2 } }, {}], total: 260, budget: 300 })
    expect(results()[1]).toMatchObject({ ok: false, error: 'over_budget' })
  })

  test('shows the steps that were asked for, at most twelve', async () => {
    const steps = Array.from({ length: 20 }, (_, i) => `${i + 1}. Режьте ${'долго '.repeat(100)}`)
    const written = JSON.stringify({ ingredients: [{ name: 'лук', quantity: 1, unit: 'шт' }], steps })
    const call = { call: 'recipe_ingredients', args: { dishes: ['салат'], steps: true } }
    const { assistant, requests } = setup({ script: [call, written, 'Вот'], products: kitchen })

    const answer = await assistant.answer(question('рецепт салата'))

    expect(requests[1]?.messages.at(-1)?.content).toBe('Блюдо: салат\nПорций: 2\nНужны шаги')
    expect(answer.recipes).toMatchObject([{ dish: 'салат' }])
    expect(answer.recipes[0]?.steps).toHaveLength(12)
    expect(answer.recipes[0]?.steps[0]).toMatch(/^Режьте .{293}$/)
  })

  test('with more products than a cart takes says how many', async () => {
    const all = Array.from({ length: 2 }, (_, dish) =>
      JSON.stringify(
        Array.from({ length: 12 }, (_, i) => ({
          name: `${'абвгдежзиклм'[i]}${'ёюя'[dish]}продукт`,
          quantity: 1,
          unit: 'шт',
        })),
      ),
    )
    const call = { call: 'recipe_ingredients', args: { dishes: ['раз', 'два'] } }
    const { assistant, results } = setup({ script: [call, ...all, 'Вот'], products: [] })

    await assistant.answer(question('меню'))

    expect(results()[0]?.note).toContain('Получилось 24 товаров, а в корзину входит 20')
  })

  test('leaves out what the user does without', async () => {
    const { assistant, results, shop } = setup({ script: [recipe('борщ', 4), borscht, 'Вот'], products: kitchen })

    await assistant.answer(question('борщ без яиц и свёклы'))

    expect(results()[0]).toMatchObject({ ingredients: [{ name: 'говядина' }], left_out: ['свёкла', 'яйца'] })
    expect(shop.searches.map(({ query }) => query)).toEqual(['говядина'])
  })
})
