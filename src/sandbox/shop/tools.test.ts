import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { catalogue } from './catalogue.ts'
import { setupFakeVkusVill } from './testing/setup-fake-vkusvill.ts'

let shop: Awaited<ReturnType<typeof setupFakeVkusVill>>
beforeAll(async () => {
  shop = await setupFakeVkusVill({ now: () => new Date('2026-11-22T09:00:00Z') })
})
beforeEach(() => shop.reset())
afterAll(() => shop.close())

const errorOf = (code: string, http_status: number) => ({
  ok: false,
  error: { code, http_status, retryable: http_status === 429, message: expect.any(String) },
})

describe('vkusvill_products_search', () => {
  const search = (args: Record<string, unknown>) => shop.say('vkusvill_products_search', { vvonly: 0, ...args })

  test('answers a page in the shape of the shop', async () => {
    const { ok, data } = await search({ q: 'молоко 3,2', limit: 1 })

    expect(ok).toBe(true)
    expect(data).toEqual({
      meta: { q: 'молоко 3,2', limit: 1, total: 3, page: 1, pages: 3, has_more: true },
      items: [
        {
          id: 173,
          xml_id: 173,
          name: 'Молоко 3,2%, 1&nbsp;л',
          price: { current: 93, currency: 'RUB', old: null, discount_percent: null, discount_info: null },
          unit: 'шт',
          weight: { value: 1, unit: 'кг' },
        },
      ],
      facets: {
        categories: [
          { category_id: 101, category_name: 'Молоко, сливки', subcategory_name: '' },
          { category_id: 628, category_name: 'Детское молочное питание', subcategory_name: '' },
        ],
      },
    })
  })

  test('an empty result is no failure', async () => {
    expect(await search({ q: 'вагю' })).toEqual({
      ok: true,
      data: {
        meta: { q: 'вагю', limit: 10, total: 0, page: 1, pages: 0, has_more: false },
        items: [],
        facets: { categories: null },
      },
    })
  })

  test('pages do not overlap and the last one says so', async () => {
    const pages = [1, 2, 3].map(page => search({ q: 'молоко', page, limit: 10 }))
    const [first, second, third] = (await Promise.all(pages)).map(({ data }) => data)

    const ids = [first, second, third].flatMap(({ items }) => items.map(({ id }: { id: number }) => id))
    expect(new Set(ids).size).toBe(first.meta.total)
    expect([first, second, third].map(({ meta }) => meta.has_more)).toEqual([true, true, false])
  })

  test('a page past the end is empty', async () => {
    expect((await search({ q: 'молоко', page: 99 })).data).toMatchObject({ items: [], meta: { has_more: false } })
  })

  test('the own brand alone is found unless the whole range is asked for', async () => {
    const own = await shop.say('vkusvill_products_search', { q: 'домик в деревне' })
    const all = await search({ q: 'домик в деревне' })

    expect([own.data.meta.total, all.data.meta.total]).toEqual([0, 1])
  })

  test('a category from the facets narrows the search, also without words', async () => {
    const narrowed = await search({ q: 'молоко', category_id: 628 })
    const shelf = await search({ category_id: 628 })

    expect(narrowed.data.items[0].name).toMatch(/^Молоко детское/)
    expect(shelf.data.meta.total).toBe(4)
  })

  test('modes decide the fields', async () => {
    const keys = async (args: Record<string, unknown>) =>
      Object.keys((await search({ q: 'молоко', ...args })).data.items[0])

    expect(await keys({ mode: 'custom', fields: ['url', 'id', 'rating'] })).toEqual(['id', 'rating', 'url'])
    expect(await keys({ mode: 'custom' })).toEqual(await keys({ mode: 'short' }))
    expect(await keys({ mode: 'full' })).toEqual(expect.arrayContaining(['description', 'properties', 'category']))
  })

  test('neither words nor a category is empty input', async () => {
    expect(await search({})).toEqual(errorOf('empty_input', 400))
    expect(await search({ q: '   ' })).toEqual(errorOf('empty_input', 400))
  })
})

describe('vkusvill_product_details', () => {
  test('gives the whole card', async () => {
    const { data } = await shop.say('vkusvill_product_details', { id: 20501 })

    expect(data).toMatchObject({
      id: 20501,
      name: 'Творог 5%, 300&nbsp;г',
      brand: 'ВкусВилл',
      url: 'https://vkusvill.ru/goods/tvorog-5-300-g-20501/',
      category: [{ name: 'Творог, сырки' }, { name: 'Молочные продукты, яйцо' }],
      properties: expect.arrayContaining([
        { name: 'Состав', value: 'молоко нормализованное, закваска' },
        { name: 'Срок годности', value: '7 суток' },
        { name: 'Изготовитель', value: null },
      ]),
    })
  })

  test('knows products by id, not by xml_id', async () => {
    const cheese = catalogue.find(({ id, xmlId }) => id !== xmlId)

    expect(await shop.say('vkusvill_product_details', { id: cheese?.id })).toMatchObject({
      data: { xml_id: cheese?.xmlId },
    })
    expect(await shop.say('vkusvill_product_details', { id: cheese?.xmlId })).toEqual(errorOf('invalid_input', 404))
  })
})

describe('vkusvill_cart_link_create', () => {
  const create = (products: unknown) => shop.say('vkusvill_cart_link_create', { products })

  test('every call makes its own link, whose basket is stored', async () => {
    const products = [
      { xml_id: 173, q: 2 },
      { xml_id: 23101, q: 1.5 },
    ]

    const links = [await create(products), await create(products)].map(({ data }) => data.link)

    expect(links[0]).toMatch(/^https:\/\/vkusvill\.ru\/\?share_basket=\d{9,10}$/)
    expect(links[0]).not.toBe(links[1])
    expect([...shop.baskets.entries()]).toEqual(links.map(link => [link.split('=')[1], products]))
  })

  test('a product named twice ends as one line of one', async () => {
    await create([
      { xml_id: 173, q: 3 },
      { xml_id: 731, q: 1 },
      { xml_id: 173, q: 2 },
    ])

    expect([...shop.baskets.values()]).toEqual([
      [
        { xml_id: 173, q: 1 },
        { xml_id: 731, q: 1 },
      ],
    ])
  })

  test('goods go by xml_id', async () => {
    const cheese = catalogue.find(({ id, xmlId }) => id !== xmlId)

    expect(await create([{ xml_id: cheese?.xmlId, q: 1 }])).toMatchObject({ ok: true })
    expect(await create([{ xml_id: cheese?.id, q: 1 }])).toEqual(errorOf('invalid_input', 404))
  })

  test('thirty lines are taken', async () => {
    expect(await create(catalogue.slice(0, 30).map(({ xmlId }) => ({ xml_id: xmlId, q: 1 })))).toMatchObject({
      ok: true,
    })
  })

  test('no lines, a line without a product and an unknown product make no basket', async () => {
    expect(await create([])).toEqual(errorOf('empty_input', 400))
    expect(await create([{ q: 1 }])).toEqual(errorOf('invalid_input', 400))
    expect(
      await create([
        { xml_id: 173, q: 1 },
        { xml_id: 123_456_789, q: 1 },
      ]),
    ).toEqual(errorOf('invalid_input', 404))
    expect(shop.baskets.size).toBe(0)
  })
})

describe('the other tools', () => {
  test('analogs stand on the same shelf and leave the product itself out', async () => {
    const { data } = await shop.say('vkusvill_product_analogs', { id: 173 })

    expect(data).toMatchObject({ product_id: 173, total: 10 })
    expect(data.products.map(({ id }: { id: number }) => id)).not.toContain(173)
    expect(await shop.say('vkusvill_product_analogs', { id: 99_999 })).toEqual(errorOf('invalid_input', 404))
  })

  test('a barcode finds its product', async () => {
    expect(await shop.say('vkusvill_product_barcode', { barcode: '4600000001739' })).toMatchObject({
      data: { id: 173 },
    })
    expect(await shop.say('vkusvill_product_barcode', { barcode: '4600000000000' })).toEqual(
      errorOf('invalid_input', 404),
    )
  })

  test.each([
    ['card', 'карте'],
    ['quantity', 'от'],
  ])('discounts of the kind %s', async (type, word) => {
    const { data } = await shop.say('vkusvill_products_discount', { type, sort: 'name_asc' })

    expect(data.items.length).toBeGreaterThan(3)
    for (const { price } of data.items) expect(price.discount_info).toContain(word)
  })

  test('a recipe carries ids of products for every ingredient', async () => {
    const filters = {
      id_feature_filter: 0,
      id_cooking_time_filter: 0,
      id_cooking_method_filter: 0,
      id_complexity_filter: 0,
      id_category_filter: 0,
      id_exclude_allergens_filter: [],
    }
    const ask = (q: string) => shop.say('vkusvill_recipes', { sort: 'popularity', page: 1, q, ...filters })
    const known = new Set(catalogue.map(({ id }) => String(id)))

    const [all, borscht] = [await ask(''), await ask('борща')]

    expect(borscht.data.items.map(({ name }: { name: string }) => name)).toEqual(['Борщ с говядиной'])
    for (const { ingredients } of all.data.items)
      for (const { ids } of ingredients) {
        expect(ids.length).toBeGreaterThan(0)
        expect(ids.every((id: string) => known.has(id))).toBe(true)
      }
  })

  test('shops are listed', async () => {
    expect((await shop.say('vkusvill_shops')).data.items.length).toBeGreaterThan(0)
  })

  test.each(['vkusvill_orders_history', 'vkusvill_product_lp'])('%s asks for a login', async tool => {
    expect(await shop.say(tool)).toEqual(errorOf('auth_required', 401))
  })
})
