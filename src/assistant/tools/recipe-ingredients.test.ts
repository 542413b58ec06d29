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
        { name: 'лавр', optional: true, best_match: null },
      ],
      not_found: ['лавр'],
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
      { name: 'сыр', quantity: 1, unit: 'шт', optional: true },
    ])
    const { assistant, results, shop } = setup({ script: [recipe('рагу', 4), written, 'Вот'], products })

    await assistant.answer(question('рагу'))

    expect(results()[0]).toMatchObject({
      ingredients: [
        { best_match: { xml_id: 21, suggested_q: 1 } },
        { best_match: { xml_id: 22 } },
        { best_match: null },
        {},
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
      ingredients: [{}, { best_match: { quantity_note: expect.stringContaining('не хватит 100 г') } }, {}, {}],
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
