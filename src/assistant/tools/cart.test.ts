import { describe, expect, test } from 'vitest'
import { factId } from '../../events/fact-id.ts'
import type { LastCart } from '../../users/users.ts'
import { cart, cheese, milk, search, setup } from '../testing/assistant-setup.ts'
import { product, question, userState } from '../testing/fakes.ts'

const one = (xmlId: number, q = 1) => ({ xml_id: xmlId, q })

describe('a cart that is made', () => {
  test('is stored once, with number, sum and scenario, before the model speaks', async () => {
    const { assistant, users, results } = setup({
      script: [search('молоко'), search('хлеб'), cart([one(1, 2), one(2)]), 'Готово'],
    })

    await assistant.answer(question('завтрак'))

    expect(users.created).toMatchObject([
      {
        key: '10/1700000000',
        cart: { ordinal: 1, totalSum: 240, scenario: 'search', affiliateTag: null, cart: { totalMinor: 24_000 } },
      },
    ])
    expect(results()[2]).toMatchObject({
      ok: true,
      items_count: 2,
      total: 240,
      cart_number: 1,
      cart_limit: 5,
      remaining: 4,
      corrections: [],
    })
  })

  test('names the partner mark its link carries', async () => {
    const { assistant, shop, users } = setup({ script: [search('молоко'), cart([one(1)]), 'Готово'] })
    shop.affiliateTag = 'bot-1'

    await assistant.answer(question('молоко'))

    expect(users.created[0]?.cart.affiliateTag).toBe('bot-1')
  })

  test('never shows the model its link', async () => {
    const { assistant, requests } = setup({ script: [search('молоко'), cart([one(1)]), 'Готово'] })

    await assistant.answer(question('молоко'))

    expect(JSON.stringify(requests)).not.toContain('share_basket')
  })

  test('with an unknown price has no total, never 0', async () => {
    const { assistant, users, results } = setup({ script: [search('трюфель'), cart([one(5)], 500), 'Готово'] })

    const answer = await assistant.answer(question('трюфель'))

    expect(users.created[0]?.cart.totalSum).toBeNull()
    expect(results()[1]).toMatchObject({ ok: true, total: null })
    expect(answer.cart).toMatchObject({ totalMinor: null, budget: { rub: 500, kept: null } })
  })

  test('while PostgreSQL is down has no number but is shown', async () => {
    const { assistant } = setup({ script: [search('молоко'), cart([one(1)]), 'Готово'], users: { outcome: null } })

    const answer = await assistant.answer(question('молоко'))

    expect(answer).toMatchObject({ error: null, cart: { cartNumber: null, cartLimit: null } })
  })

  test('names the inviter it paid', async () => {
    const inviterPaid = { userId: 3, bonus: 3, cartsLeft: 8 }
    const outcome = { cartNumber: 1, revision: 0, cartsCreated: 1, cartLimit: 5, inviterPaid, repeat: false }
    const { assistant } = setup({ script: [search('молоко'), cart([one(1)]), 'Готово'], users: { outcome } })

    expect((await assistant.answer(question('молоко'))).cart?.inviterPaid).toEqual(inviterPaid)
  })

  test('is not lost when storing it throws', async () => {
    const { assistant, users } = setup({ script: [search('молоко'), cart([one(1)]), 'Готово'] })
    users.cartCreated = async () => {
      throw new Error('bug')
    }

    const answer = await assistant.answer(question('молоко'))

    expect(answer.cart).toMatchObject({ link: 'https://vkusvill.ru/?share_basket=1001', cartNumber: null })
  })

  test('a missing or textual quantity is understood, equal products are one line, corrections are reported', async () => {
    const { assistant, results, shop } = setup({
      script: [
        search('молоко'),
        search('яблоки'),
        cart([{ xml_id: '1' }, { xml_id: 1, q: '2,5' }, { xml_id: 4, q: 0.7 }]),
        'Готово',
      ],
    })

    const answer = await assistant.answer(question('молоко'))

    expect(shop.carts[0]).toEqual([
      { xmlId: 1, q: 4 },
      { xmlId: 4, q: 0.7 },
    ])
    expect(results()[2]).toMatchObject({ corrections: [{ xml_id: 1, asked: 3.5, q: 4 }] })
    expect(answer.cart?.corrections).toHaveLength(1)
  })

  test('what a recipe measured in grams becomes packs, what a user counted does not', async () => {
    const flour = product(8, 'Мука', { weightGrams: 1_000 })
    const { assistant, shop } = setup({
      products: [milk, flour],
      script: [
        { call: 'recipe_ingredients', args: { dish: 'блины', servings: 2 } },
        '[{"name":"мука","quantity":500,"unit":"г"}]',
        search('молоко'),
        cart([one(1, 12), one(8, 500)]),
        'Готово',
      ],
    })

    await assistant.answer(question('блины и 12 бутылок молока'))

    expect(shop.carts[0]).toEqual([
      { xmlId: 1, q: 12 },
      { xmlId: 8, q: 1 },
    ])
  })

  test('names what was asked for and not found, unless a later search found it', async () => {
    const { assistant } = setup({
      script: [search('сыр козий'), search('устрицы'), search('сыр'), cart([one(3)]), 'Готово'],
    })

    expect((await assistant.answer(question('сыр и устрицы'))).cart?.notFound).toEqual(['устрицы'])
  })
})

test('what was not found is all that the user asked for and did not get, and nothing else', async () => {
  const { assistant } = setup({
    script: [
      search('сыр бри'),
      search('сыр'),
      search('сырная тарелка'),
      search('вагю'),
      search('хлеб'),
      cart([one(2), one(3)]),
      'Вот',
    ],
  })

  const answer = await assistant.answer(question('сыр бри, вагю и хлеб'))

  expect(answer.cart?.notFound).toEqual(['сыр бри', 'вагю'])
})

test('more than twenty products are refused with how many and which', async () => {
  const products = Array.from({ length: 22 }, (_, i) => product(i + 1, `Сыр ${i + 1}`))
  const { assistant, results } = setup({
    products,
    script: [search('сыр'), cart(products.map(p => one(p.xmlId))), 'Много'],
  })

  await assistant.answer(question('все сыры'))

  expect(results()[1]).toMatchObject({
    error: 'over_20_positions',
    positions: 22,
    beyond: [
      { xml_id: 21, name: 'Сыр 21' },
      { xml_id: 22, name: 'Сыр 22' },
    ],
  })
})

describe('unknown products', () => {
  test('are refused by name without asking the shop', async () => {
    const { assistant, shop, results } = setup({ script: [search('молоко'), cart([one(1), one(77), one(78)]), 'Ой'] })

    await assistant.answer(question('молоко'))

    expect(results()[1]).toMatchObject({ ok: false, error: 'unknown_products', unknown_xml_ids: [77, 78] })
    expect(shop.carts).toEqual([])
  })

  test('may be put into the very same cart once a search has found them', async () => {
    const { assistant, shop } = setup({
      script: [search('молоко'), cart([one(1), one(3)]), search('сыр'), cart([one(1), one(3)]), 'Готово'],
    })

    const answer = await assistant.answer(question('молоко и сыр'))

    expect(shop.carts).toHaveLength(1)
    expect(answer.cart?.lines).toHaveLength(2)
  })

  const lastCart: LastCart = {
    ...{ cartNumber: 1, revision: 0, madeAt: new Date('2026-11-22T08:50:00Z') },
    lines: [{ product: cheese, q: 1, priceMinor: 35_050, sumMinor: 35_050 }],
    totalMinor: 35_050,
    link: 'https://vkusvill.ru/?share_basket=1',
  }

  test('of the last cart are known', async () => {
    const { assistant, shop } = setup({
      script: [search('молоко'), cart([one(1), one(3)]), 'Готово'],
      users: { lastCart },
    })

    await assistant.answer(question('добавь молоко', { user: userState({ hasLastCart: true }) }))

    expect(shop.carts[0]).toEqual([
      { xmlId: 1, q: 1 },
      { xmlId: 3, q: 1 },
    ])
  })
})

describe('the allowance', () => {
  const used = { cartsCreated: 5, cartLimit: 5 }

  test('used up: no call, one event however often the model tries, and the ways still open', async () => {
    const { assistant, shop, events, results, users } = setup({
      script: [search('молоко'), cart([one(1)]), cart([one(1, 2)]), 'Корзины кончились'],
      users: used,
    })

    const answer = await assistant.answer(question('молоко'))

    expect(shop.carts).toEqual([])
    expect(users.created).toEqual([])
    expect(events.filter(e => e.type === 'cart_limit_reached')).toEqual([
      {
        id: factId('10/1700000000', 'limit'),
        type: 'cart_limit_reached',
        metadata: { carts_used: 5, cart_limit: 5, days_since_registration: 3, tier: 1 },
        maybeRepeat: false,
      },
    ])
    expect(results()[2]).toMatchObject({
      ok: false,
      error: 'cart_limit_reached',
      ways_to_get_more: [expect.stringContaining('/survey'), expect.stringContaining('/invite')],
    })
    expect(answer).toMatchObject({
      text: 'Корзины кончились',
      error: null,
      cart: null,
      limit: { cartsUsed: 5, cartLimit: 5, surveyCompleted: false },
    })
  })

  test('after the survey is tier 2, and the survey is no way any more', async () => {
    const { assistant, events, results } = setup({
      script: [search('молоко'), cart([one(1)]), 'Кончились'],
      users: { cartsCreated: 10, cartLimit: 10, surveyCompleted: true },
    })

    await assistant.answer(question('молоко'))

    expect(events.at(-1)?.metadata).toMatchObject({ tier: 2, carts_used: 10 })
    expect(results()[1]).toMatchObject({ ways_to_get_more: [expect.stringContaining('/invite')] })
  })
})

describe('the budget', () => {
  test('exceeded: no link, by how much and what is most expensive; met after a swap', async () => {
    const { assistant, shop, results, users } = setup({
      script: [search('молоко'), search('сыр'), cart([one(1), one(3, 2)], 500), cart([one(1), one(3)], 500), 'Готово'],
    })

    const answer = await assistant.answer(question('на 500 рублей'))

    expect(results()[2]).toMatchObject({
      ok: false,
      error: 'over_budget',
      total: 791,
      over_by: 291,
      most_expensive: [
        { xml_id: 3, sum: 701 },
        { xml_id: 1, sum: 90 },
      ],
    })
    expect(shop.carts).toHaveLength(1)
    expect(users.created[0]?.cart.scenario).toBe('budget')
    expect(answer.cart).toMatchObject({ totalMinor: 44_050, budget: { rub: 500, kept: true } })
  })

  test('met exactly is no excess', async () => {
    const { assistant } = setup({ script: [search('сыр'), cart([one(3)], 350.5), 'Готово'] })

    expect((await assistant.answer(question('сыр'))).cart?.budget).toEqual({ rub: 350.5, kept: true })
  })

  test('holds although the model leaves it out', async () => {
    const { assistant, shop } = setup({ script: [search('сыр'), cart([one(3)], 100), cart([one(3)]), 'Не вышло'] })

    await assistant.answer(question('сыр за 100'))

    expect(shop.carts).toEqual([])
  })
})

describe('the scenario follows the tools of this message', () => {
  const nutrition = { call: 'nutrition_calculate', args: { items: [{ xml_id: 1, grams: 100 }] } }
  const recipe = [
    { call: 'recipe_ingredients', args: { dish: 'каша', servings: 1 } },
    '[{"name":"молоко","quantity":200,"unit":"мл"}]',
  ]

  test.each([
    ['search', [search('молоко'), cart([one(1)])]],
    ['budget', [search('молоко'), cart([one(1)], 1000)]],
    ['recipe', [...recipe, cart([one(1)], 1000)]],
    ['mixed', [...recipe, nutrition, cart([one(1)], 1000)]],
  ])('%s', async (expected, script) => {
    const { assistant, users } = setup({ script: [...script, 'Готово'] })

    await assistant.answer(question('еда'))

    expect(users.created[0]?.cart.scenario).toBe(expected)
  })
})

test('what earlier messages of the same request asked for and did not get is named too', async () => {
  const { assistant } = setup({
    script: [
      { call: 'vkusvill_products_search', args: { queries: ['молоко', 'устрицы', 'сырная тарелка'] } },
      'Устриц нет. Собрать без них?',
      cart([{ xml_id: 1 }]),
      'Готово',
      search('хлеб'),
      cart([{ xml_id: 2 }]),
      'Готово',
    ],
  })
  const next = (text: string, key: string) => question(text, { update: { ...question(text).update, key } })

  await assistant.answer(next('молоко и устрицы', '1/1'))
  const first = await assistant.answer(next('да, собирай', '2/1'))
  const other = await assistant.answer(next('теперь хлеб', '3/1'))

  expect(first.cart?.notFound).toEqual(['устрицы'])
  expect(other.cart?.notFound).toEqual([])
})
