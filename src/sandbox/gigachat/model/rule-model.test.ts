import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ruleModel } from './rule-model.ts'
import { functionsWithout, type Played, play, searchOf, shopOf } from './testing/fake-tools.ts'

const shelf = [
  { xml_id: 1, name: 'Молоко 2,5%, 900 мл', price: 100, weight_g: 900 },
  { xml_id: 2, name: 'Хлеб ржаной', price: 60, weight_g: 400 },
  { xml_id: 3, name: 'Сыр Российский, 200 г', price: 250, weight_g: 200 },
  { xml_id: 4, name: 'Сырники с изюмом', price: 180 },
  { xml_id: 5, name: 'Картофель мытый', price: 70, unit: 'кг' },
  { xml_id: 6, name: 'Яйца С1, 10 шт', price: 120 },
  { xml_id: 7, name: 'Сыр плавленый', price: 90, weight_g: 150 },
  { xml_id: 8, name: 'Молоко безлактозное, 900 мл', price: 150, weight_g: 900 },
]
/** Products of the shelf, as many of each. */
const withQ = (q: number, ...ids: number[]) =>
  shelf.filter(({ xml_id }) => ids.includes(xml_id)).map(product => ({ ...product, q }))
const preferencesGet = 'user_preferences_get'
const search = 'vkusvill_products_search'
const cart = 'vkusvill_cart_link_create'
const names = ({ calls }: Played) => calls.map(([name]) => name)
const argumentsOf = ({ calls }: Played, name: string) =>
  calls.filter(([called]) => called === name).map(([, args]) => args)
const idsIn = (played: Played, nth = 0) => {
  const products = argumentsOf(played, cart)[nth]?.products
  return Array.isArray(products) ? products.map(line => line.xml_id) : []
}
const ingredient = (name: string, more: Record<string, unknown> = {}) => ({
  name,
  quantity: 3,
  unit: 'шт',
  search_query: name,
  ...more,
})

describe('a list of products', () => {
  test('is searched in one call and becomes one cart, without links, prices or a list in the words', () => {
    const { calls, text } = play(ruleModel, 'собери завтрак: молоко, хлеб, сыр', shopOf(shelf))

    expect(calls).toEqual([
      [search, { queries: ['молоко', 'хлеб', 'сыр'] }],
      [
        cart,
        {
          products: [
            { xml_id: 1, q: 1 },
            { xml_id: 2, q: 1 },
            { xml_id: 3, q: 1 },
          ],
        },
      ],
    ])
    expect(text).not.toMatch(/₽|http|Молоко/)
  })

  test('comes to a cart whose call carries the words for it, and says them again when it is asked again', () => {
    const { messages, text } = play(ruleModel, 'молоко и вагю', shopOf(shelf))
    const made = messages.findLast(message => message.role === 'assistant' && message.function_call !== undefined)

    const again = ruleModel({ model: 'GigaChat-2-Max', functions: [], messages: messages.slice(0, -1) })

    expect(made).toMatchObject({ function_call: { name: cart, arguments: { message: text } } })
    expect(text).toContain('вагю')
    expect(again).toEqual({ text })
  })

  test('what the shop lacks is reported and the rest is put into the cart', () => {
    const played = play(ruleModel, 'молоко и вагю', shopOf(shelf))

    expect(idsIn(played)).toEqual([1])
    expect(played.text).toContain('вагю')
  })

  test('when nothing is found no cart is made', () => {
    const played = play(ruleModel, 'вагю', shopOf(shelf))

    expect(names(played)).not.toContain(cart)
    expect(played.text).toContain('вагю')
  })

  test('a longer query without a hit is tried by its noun, which is reported', () => {
    const played = play(ruleModel, 'пармезановый сыр', shopOf(shelf))

    expect(argumentsOf(played, search)).toEqual([{ queries: ['пармезановый сыр'] }, { queries: ['сыр'] }])
    expect(played.text).toContain('пармезановый сыр')
  })
})

describe('a dish', () => {
  const recipe = (ingredients: unknown[]) => shopOf(shelf, { recipe_ingredients: () => ({ ok: true, ingredients }) })

  test('whose recipe brings no products is searched for its ingredients', () => {
    const played = play(ruleModel, 'борщ на четверых', recipe([ingredient('картофель'), ingredient('свекла')]))

    expect(played.calls).toEqual([
      ['recipe_ingredients', { dish: 'борщ', servings: 4 }],
      [search, { queries: ['картофель', 'свекла'] }],
      [cart, { products: [{ xml_id: 5, q: 0.45 }] }],
    ])
    expect(played.text).toContain('свекла')
  })

  test('whose recipe brings products needs no search and takes the suggested quantities', () => {
    const best = { ...shelf[4], suggested_q: 0.6 }
    const played = play(
      ruleModel,
      'борщ на четверых',
      recipe([ingredient('картофель', { best_match: best }), ingredient('свекла', { best_match: null })]),
    )

    expect(names(played)).toEqual(['recipe_ingredients', cart])
    expect(argumentsOf(played, cart)).toEqual([{ products: [{ xml_id: 5, q: 0.6 }] }])
    expect(played.text).toContain('свекла')
  })

  test('a best match that is something else gives way to an alternative', () => {
    const played = play(
      ruleModel,
      'приготовить сырники',
      recipe([ingredient('сыр', { best_match: shelf[3], alternatives: [shelf[2]] })]),
    )

    expect(idsIn(played)).toEqual([3])
  })

  test.each([
    ['unknown_dish', /список ингредиентов/],
    ['failed', /Не получилось узнать состав/],
    ['rate_limited', /через минуту/],
  ])('a recipe refused as %s is reported', (error, words) => {
    const played = play(
      ruleModel,
      'рецепт лазаньи',
      shopOf(shelf, { recipe_ingredients: () => ({ ok: false, error }) }),
    )

    expect(played.text).toMatch(words)
  })

  test('one that is bought ready is searched', () => {
    const answers = shopOf(shelf, { recipe_ingredients: () => ({ ok: false, error: 'buy_ready' }) })

    expect(idsIn(play(ruleModel, 'приготовить сырники', answers))).toEqual([4])
  })

  test('is asked about once, then the answer decides', () => {
    const asked = play(ruleModel, 'сырники', shopOf(shelf))
    const ready = play(ruleModel, 'готовые', shopOf(shelf), { history: asked.messages })

    expect(asked.calls).toEqual([])
    expect(asked.text).toMatch(/готовое.*ингредиенты/i)
    expect(idsIn(ready)).toEqual([4])
  })
})

describe('a budget', () => {
  test('goes with the cart, sorts by price and takes cheaper products only as far as needed', () => {
    const played = play(ruleModel, 'молоко, хлеб и сыр до 300 рублей', shopOf(shelf))

    expect(argumentsOf(played, search).every(({ sort }) => sort === 'price_asc')).toBe(true)
    expect(argumentsOf(played, cart)).toEqual([{ products: [1, 2, 7].map(xml_id => ({ xml_id, q: 1 })), budget: 300 }])
  })

  const costlierThan = (rebuilds: number) =>
    shopOf(
      [3, 30, 300].flatMap((price, i) =>
        ['Сыр', 'Молоко', 'Хлеб'].map((name, j) => ({ xml_id: 10 * i + j + 1, name, price: 303 - price })),
      ),
      {
        [search]: searchOf(q => ({
          products: [3, 2, 1].map(step => ({ xml_id: step + q.length * 10, name: q, price: step * 10, unit: 'шт' })),
        })),
        [cart]: (_args: unknown, nth: number) =>
          nth < rebuilds ? { ok: false, error: 'over_budget', total: 555.5 } : { ok: true, total: 100 },
      },
    )

  test.each([
    [1, 2],
    [2, 3],
  ])('over budget %i times: the costliest is replaced and the cart is built again', (rebuilds, carts) => {
    const played = play(ruleModel, 'сыр, молоко и хлеб до 400 рублей', costlierThan(rebuilds))

    const built = argumentsOf(played, cart).map(args => JSON.stringify(args))
    expect(built).toHaveLength(carts)
    expect(new Set(built).size).toBe(carts)
  })

  test('after two rebuilds the least possible sum is reported', () => {
    const played = play(ruleModel, 'сыр, молоко и хлеб до 400 рублей', costlierThan(9))

    expect(argumentsOf(played, cart)).toHaveLength(3)
    expect(played.text).toContain('556 ₽')
  })

  test.each([
    [400, 2],
    [100, 2],
  ])('a set for a meal loses its costliest positions for %i ₽, but never all', (budget, count) => {
    const played = play(ruleModel, `ужин до ${budget} рублей`, {
      ...shopOf([]),
      [search]: searchOf(q => ({ products: [{ xml_id: q.length, name: q, price: 150, unit: 'шт' }] })),
    })

    expect(idsIn(played)).toHaveLength(count)
  })
})

describe('nutrition', () => {
  test('of an order is counted before the cart, which ends the calls, and reported after it', () => {
    const played = play(ruleModel, 'молоко, сыр и посчитай КБЖУ', shopOf(shelf))

    expect(names(played)).toEqual([search, 'nutrition_calculate', cart])
    expect(argumentsOf(played, 'nutrition_calculate')).toEqual([
      {
        items: [
          { xml_id: 1, grams: 900 },
          { xml_id: 3, grams: 200 },
        ],
      },
    ])
    expect(played.text).toContain('420 ккал')
  })

  test('of named foods is counted from the cards of the shop, by name where it has none', () => {
    const played = play(ruleModel, 'сколько калорий в 200 г молока и банане?', shopOf(shelf))

    expect(argumentsOf(played, 'nutrition_calculate')).toEqual([
      {
        items: [
          { xml_id: 1, name: 'молоко', grams: 200 },
          { name: 'бананы', grams: 180 },
        ],
      },
    ])
    expect(names(played)).not.toContain(cart)
  })

  test('of "it" is that of the previous cart', () => {
    const played = play(ruleModel, 'а сколько в ней калорий?', shopOf(shelf), { lastCart: withQ(2, 1) })

    expect(argumentsOf(played, 'nutrition_calculate')).toEqual([{ items: [{ xml_id: 1, grams: 1800 }] }])
  })
})

describe('the previous cart', () => {
  const answers = shopOf(shelf)
  const lastCart = withQ(2, 1, 2)

  test.each([
    [
      'добавь ещё сыр',
      [
        [1, 2],
        [2, 2],
        [3, 1],
      ],
    ],
    [
      'замени хлеб на сыр',
      [
        [1, 2],
        [3, 1],
      ],
    ],
    ['убери хлеб', [[1, 2]]],
    [
      'добавь молоко',
      [
        [1, 3],
        [2, 2],
      ],
    ],
  ])('%s: one new cart with everything, without a call that asks for the last one', (text, lines) => {
    const played = play(ruleModel, text, answers, { lastCart })

    expect(names(played).every(name => name === search || name === cart)).toBe(true)
    expect(argumentsOf(played, cart)).toEqual([{ products: lines.map(([xml_id, q]) => ({ xml_id, q })) }])
  })

  test('made cheaper is searched anew by price', () => {
    const { messages: history } = play(ruleModel, 'добавь ещё сыр', answers, { lastCart })
    const played = play(ruleModel, 'подешевле', answers, { history, lastCart: withQ(2, 1, 2, 3) })

    expect(argumentsOf(played, search).every(({ sort }) => sort === 'price_asc')).toBe(true)
    expect(new Set(idsIn(played))).toEqual(new Set([1, 2, 7]))
  })

  test('that does not exist is replaced by a new one, and that is reported', () => {
    const played = play(ruleModel, 'добавь ещё сыр', shopOf(shelf))

    expect(idsIn(played)).toEqual([3])
    expect(played.text).toContain('не нашлось')
  })
})

describe('what it says of a cart is what it did', () => {
  const meat = { xml_id: 9, name: 'Говядина на кости', price: 500, unit: 'кг' }

  test('«без мяса» takes out the beef', () => {
    const lastCart = [{ ...meat, q: 1 }, ...withQ(1, 2)]

    expect(idsIn(play(ruleModel, 'без мяса', shopOf(shelf), { lastCart }))).toEqual([2])
  })

  test('what was not in the cart is not claimed to be removed', () => {
    const { text } = play(ruleModel, 'убери креветки', shopOf(shelf), { lastCart: withQ(1, 1, 2) })

    expect(text).toContain('Этого в корзине и не было: креветки')
    expect(text).not.toContain('убрано')
  })

  test('the last order is repeated line by line', () => {
    expect(idsIn(play(ruleModel, 'повтори прошлый заказ', shopOf(shelf), { lastCart: withQ(1, 1, 3) }))).toEqual([1, 3])
  })

  test('the last cart is shown without a new one', () => {
    const played = play(ruleModel, 'что в корзине?', shopOf(shelf), { lastCart: withQ(1, 1, 3) })

    expect(played.calls).toEqual([])
    expect(played.text).toContain('Сыр Российский')
  })

  test('a wish for kilocalories is compared with what the cart has', () => {
    const { text } = play(ruleModel, 'молоко и хлеб на 500 ккал', shopOf(shelf))

    expect(text).toMatch(/На порцию примерно 420 ккал[\s\S]*просили 500 ккал: это меньше/)
  })

  test('English is answered in English', () => {
    expect(play(ruleModel, 'milk and bread', shopOf(shelf)).text).toBe('Your cart is ready.')
  })

  test('an insult is not searched for and not repeated', () => {
    const played = play(ruleModel, 'дурак ты', shopOf(shelf))

    expect(played.calls).toEqual([])
    expect(played.text).not.toContain('дурак')
  })
})

describe('preferences', () => {
  test('are stored when stated', () => {
    const played = play(ruleModel, 'запомни: молоко без лактозы', shopOf(shelf))

    expect(played.calls).toEqual([['user_preferences_set', { category: 'молоко', preference: 'безлактозное' }]])
  })

  test('are left to the search, which applies them', () => {
    const played = play(ruleModel, 'молоко и хлеб', shopOf(shelf))

    expect(played.calls[0]).toEqual([search, { queries: ['молоко', 'хлеб'] }])
  })

  test('change the query of their category once they were read', () => {
    const preferences = [{ category: 'молоко', preference: 'безлактозное' }]
    const answers = shopOf(shelf, { user_preferences_get: () => ({ ok: true, preferences }) })
    const { messages: history } = play(ruleModel, 'что ты обо мне помнишь?', answers)

    const played = play(ruleModel, 'молоко и хлеб', answers, { history })

    expect(idsIn(played)).toEqual([8, 2])
  })

  test('what is to be left out is not bought, also when it was stated in the same message', () => {
    const played = play(ruleModel, 'у меня аллергия на изюм, собери молоко и готовые сырники', shopOf(shelf))

    expect(names(played)[0]).toBe('user_preferences_set')
    expect(idsIn(played)).not.toContain(4)
  })

  test('are shown and deleted on request', () => {
    const answers = shopOf(shelf, {
      user_preferences_get: () => ({ ok: true, preferences: [{ category: 'хлеб', preference: 'ржаной' }] }),
    })

    expect(play(ruleModel, 'что ты обо мне помнишь?', answers).text).toContain('хлеб: ржаной')
    expect(play(ruleModel, 'забудь про хлеб', answers).calls).toEqual([
      ['user_preferences_delete', { category: 'хлеб' }],
    ])
  })
})

describe('questions about a product', () => {
  test('a price is read from the search, nothing is bought', () => {
    const played = play(ruleModel, 'сколько стоит сыр?', shopOf(shelf))

    expect(names(played)).not.toContain(cart)
    expect(played.text).toContain('Сыр Российский, 200 г – 250 ₽')
  })

  test('the composition is read from the card', () => {
    const details = () => ({ ok: true, name: 'Молоко', properties: { Состав: 'молоко цельное' } })
    const played = play(ruleModel, 'состав молока', shopOf(shelf, { vkusvill_product_details: details }))

    expect(argumentsOf(played, 'vkusvill_product_details')).toEqual([{ id: 1 }])
    expect(played.text).toContain('молоко цельное')
  })
})

describe('failures are reported plainly', () => {
  test('a used-up limit names the ways that are open', () => {
    const limit = (ways?: string[]) => ({
      [cart]: () => ({ ok: false, error: 'cart_limit_reached', ...(ways && { ways_to_get_more: ways }) }),
    })

    expect(play(ruleModel, 'молоко', shopOf(shelf, limit())).text).toMatch(/\/survey.*\/invite/)
    expect(play(ruleModel, 'молоко', shopOf(shelf, limit(['пригласить друга: /invite']))).text).not.toContain('/survey')
  })

  test('a failed search is retried once, then given up', () => {
    const played = play(ruleModel, 'молоко', shopOf(shelf, { [search]: () => ({ ok: false, error: 'failed' }) }))

    expect(argumentsOf(played, search)).toHaveLength(2)
    expect(played.text).toMatch(/не отвечает/)
  })

  test('of several queries the failed ones are retried once, the others not', () => {
    const answers = shopOf(shelf)
    const half = (args: Record<string, unknown>, nth: number) =>
      nth > 0
        ? answers[search]?.(args, nth)
        : {
            ok: true,
            results: [
              { q: 'молоко', products: [shelf[0]] },
              { q: 'хлеб', error: 'поиск не ответил' },
            ],
          }
    const played = play(ruleModel, 'молоко и хлеб', { ...answers, [search]: half })

    expect(argumentsOf(played, search)).toEqual([{ queries: ['молоко', 'хлеб'] }, { queries: ['хлеб'] }])
    expect(idsIn(played)).toEqual([1, 2])
  })

  test('a search that works the second time is as good as any', () => {
    const shop = shopOf(shelf)
    const flaky = (args: Record<string, unknown>, nth: number) =>
      nth === 0 ? { ok: false, error: 'failed' } : shop[search]?.(args, nth)

    expect(idsIn(play(ruleModel, 'молоко', shopOf(shelf, { [search]: flaky })))).toEqual([1])
  })

  test.each([search, cart])('a rate-limited %s asks for a minute', name => {
    const played = play(
      ruleModel,
      'молоко',
      shopOf(shelf, { [name]: () => ({ ok: false, error: { code: 'rate_limited' } }) }),
    )

    expect(played.text).toContain('через минуту')
  })

  test('a failed cart is not made twice', () => {
    const played = play(ruleModel, 'молоко', shopOf(shelf, { [cart]: () => ({ ok: false, error: 'failed' }) }))

    expect(argumentsOf(played, cart)).toHaveLength(1)
    expect(played.text).toContain('создать корзину не получилось')
  })
})

describe('functions as they are offered', () => {
  test.each([
    [search, []],
    [cart, [search]],
  ])('without %s', (missing, called) => {
    expect(names(play(ruleModel, 'молоко', shopOf(shelf), { functions: functionsWithout(missing) }))).toEqual(called)
  })

  test('without any, the end of a finished cart is put into words', () => {
    const { messages } = play(ruleModel, 'молоко', shopOf(shelf))

    const reply = ruleModel({ model: 'GigaChat-2-Max', functions: [], messages: messages.slice(0, -1) })

    expect(reply).toHaveProperty('text', expect.not.stringContaining('не получилось'))
  })

  test('with function_call none they are not called', () => {
    const messages = [{ role: 'user' as const, content: 'молоко' }]
    const reply = ruleModel({ model: 'GigaChat-2-Max', functions: functionsWithout(), function_call: 'none', messages })

    expect(reply).toHaveProperty('text')
  })

  test('argument names are read from their schemas', () => {
    const functions = [
      { name: search, parameters: { type: 'object', properties: { query: { type: 'string' } } } },
      {
        name: cart,
        parameters: {
          type: 'object',
          properties: {
            products: { type: 'array', items: { properties: { xml_id: {}, quantity: {} } } },
            max_total: { type: 'number' },
          },
        },
      },
    ]
    const answers = { ...shopOf(shelf), [search]: () => ({ ok: true, products: [shelf[0]] }) }

    expect(play(ruleModel, 'молоко до 500 рублей', answers, { functions }).calls).toEqual([
      [search, { query: 'молоко' }],
      [cart, { products: [{ xml_id: 1, quantity: 1 }], max_total: 500 }],
    ])
  })

  test('a forced function is called', () => {
    const reply = ruleModel({
      model: 'GigaChat-2-Max',
      functions: functionsWithout(),
      function_call: { name: preferencesGet },
      messages: [{ role: 'user', content: 'привет' }],
    })

    expect(reply).toEqual({ call: { name: preferencesGet, arguments: {} } })
  })
})

test('for any message and any results the model comes to a text within the calls a message may take', () => {
  const words = [
    'молоко',
    'борщ',
    'на четверых',
    'до 100 рублей',
    'добавь',
    'кбжу',
    'запомни:',
    'завтрак',
    'убери',
    ', ',
    '?',
    '3',
  ]
  const result = fc.oneof(
    fc.constant({ ok: true, products: [shelf[0], shelf[2]] }),
    fc.constant({
      ok: true,
      ingredients: Array.from({ length: 20 }, (_, i) => ingredient(`товар ${'абвгде'[i % 6]}${i}`)),
    }),
    fc.constantFrom('failed', 'rate_limited', 'over_budget', 'cart_limit_reached').map(error => ({ ok: false, error })),
    fc.jsonValue(),
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...words), { maxLength: 12 }).map(parts => parts.join(' ')),
  )

  fc.assert(
    fc.property(text, fc.infiniteStream(result), (message, results) => {
      const answer = () => results.next().value
      const answers = Object.fromEntries(functionsWithout().map(({ name }) => [name, answer]))

      const { calls, text: reply } = play(ruleModel, message, answers)

      expect(reply.length).toBeGreaterThan(0)
      expect(calls.length).toBeLessThanOrEqual(40)
    }),
    { numRuns: 300 },
  )
})
