import { describe, expect, test } from 'vitest'
import { TimeoutError } from '../../errors.ts'
import type { Product } from '../../shop/shop.ts'
import { kitchen, search, setup } from '../testing/assistant-setup.ts'
import { question } from '../testing/fakes.ts'

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

  test('knows the products of the last cart, and those of no earlier message by their number', async () => {
    const [, soupBeef, stewed] = kitchen
    const line = { product: { ...(soupBeef as Product), id: 1011 }, q: 1, priceMinor: null, sumMinor: null }
    const { assistant, shop, results } = setup({
      script: [count({ xml_id: 11, grams: 100 }, { xml_id: 1012, grams: 100 }, { xml_id: 77, grams: 10 }), 'Вот'],
      products: kitchen,
      users: {
        lastCart: { lines: [line], totalMinor: null, link: '', cartNumber: 1, revision: 0, madeAt: new Date(0) },
      },
    })
    shop.cards.set(1011, { nutrition: { kcal: 100, protein: 1, fat: 1, carbs: 1 } })
    shop.cards.set(1012, { nutrition: { kcal: 200, protein: 1, fat: 1, carbs: 1 } })

    const answer = await assistant.answer(question('калории'))

    expect(results()[0]).toMatchObject({
      items: [{ name: soupBeef?.name, kcal: 100 }, { name: stewed?.name, kcal: 200 }, { name: 'товар 77' }],
    })
    expect(answer.error).toBeNull()
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
