import { afterEach, describe, expect, test } from 'vitest'
import { createFaults, type FaultRequest } from '../sandbox/faults.ts'
import { type FakeVkusVillOptions, startFakeVkusVill } from '../sandbox/shop/fake-vkusvill.ts'
import { buildCart } from './cart.ts'
import type { ShopLimits } from './create-shop.ts'
import { setupShop } from './testing/shop-setup.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function setup(options: Omit<FakeVkusVillOptions, 'faults'> = {}, limits: Partial<ShopLimits> = {}) {
  const faults = createFaults()
  const fake = await startFakeVkusVill({ faults, ...options })
  const ours = setupShop(fake.url, { perSecond: 1_000, burst: 1_000, ...limits })
  closers.push(fake.close, ours.shop.close)
  return { faults, fake, ...ours }
}

describe.each([
  ['stateless JSON', {}],
  ['stateless streams', { sse: true }],
  ['sessions and JSON', { stateful: true }],
  ['sessions and streams', { stateful: true, sse: true }],
])('over %s', (_, style) => {
  test('a shopper gets from a query to a cart whose link contains the requested products', async () => {
    const { shop, fake } = await setup(style)

    const found = (await Promise.all([shop.search('молоко 1 л'), shop.search('сыр')])).flatMap(
      ({ products }) => products,
    )
    const requested = [found[0], found.at(-1), found[0]].map(product => ({ xmlId: product?.xmlId ?? 0, q: 1 }))
    const built = buildCart(requested, id => found.find(({ xmlId }) => xmlId === id), 'user', '2026-11-26')
    const { link } = await shop.createCart(built.ok ? built.cart.items : [])
    const card = await shop.details(found[0]?.id ?? 0)

    expect(found.length).toBeGreaterThan(1)
    expect(link).toMatch(/^https:\/\/vkusvill\.ru\/\?share_basket=\d+$/)
    expect([...fake.baskets.values()]).toEqual([
      [
        { xml_id: found[0]?.xmlId, q: 2 },
        { xml_id: found.at(-1)?.xmlId, q: 1 },
      ],
    ])
    expect(card.name).toBe(found[0]?.name)
  })

  test('the schemas fit what we send, also over several pages', async () => {
    const { shop, lines } = await setup({ ...style, toolsPageSize: 3 })

    expect(await shop.checkSchemas()).toEqual([])
    expect(lines).toEqual([])
  })

  test('refusals of arguments and of products differ from failures', async () => {
    const { shop } = await setup(style)

    await expect(shop.createCart([{ xmlId: 999_999_999, q: 1 }])).rejects.toMatchObject({
      name: 'MCPError',
      code: 'invalid_input',
      retryable: false,
    })
    await expect(shop.details(999_999_999)).rejects.toMatchObject({ code: 'invalid_input' })
  })

  test('nothing found is an empty result', async () => {
    const { shop } = await setup(style)

    expect(await shop.search('ъъъъъ')).toEqual({ query: 'ъъъъъ', total: 0, products: [] })
  })
})

test('a session that the server dropped is reopened without the caller noticing', async () => {
  const { shop, fake } = await setup({ stateful: true })
  await shop.search('молоко')

  fake.reset()

  await expect(shop.search('сыр')).resolves.toMatchObject({ query: 'сыр' })
})

test('every product of many searches is clean: no entities, whole kopecks, known units', async () => {
  const { shop } = await setup()

  const queries = ['молоко', 'сыр', 'хлеб', 'яблоки', 'курица', 'рыба', 'чай', 'яйцо', 'картофель', 'творог', 'масло']
  const products = (await Promise.all(queries.map(query => shop.search(query)))).flatMap(result => result.products)

  expect(products.length).toBeGreaterThan(30)
  for (const { name, price, unit, weightGrams, url } of products) {
    expect(name).not.toMatch(/&\w+;|\u00a0| {2}/)
    expect(price === null || Number.isSafeInteger(price.currentMinor)).toBe(true)
    expect(unit === 'кг' ? weightGrams : null).toBeNull()
    expect(url).toMatch(/^https:\/\/vkusvill\.ru\/goods\//)
  }
})

test('nutrition is read from the card of every product that states it', async () => {
  const { shop } = await setup()

  for (const query of ['молоко', 'сыр', 'хлеб']) {
    for (const { id } of (await shop.search(query)).products) {
      const { nutrition, properties } = await shop.details(id)
      const stated = properties['Пищевая и энергетическая ценность в 100 г']
      if (stated === undefined) expect(nutrition).toBeNull()
      else
        expect(nutrition).toMatchObject({
          kcal: expect.any(Number),
          protein: expect.any(Number),
          fat: expect.any(Number),
        })
    }
  }
})

test('over the limit of the server the circuit opens and no more calls are sent', async () => {
  const { shop, fake } = await setup({ ratePerMinute: 2 })
  await shop.search('молоко')
  await shop.search('сыр')

  await expect(shop.search('хлеб')).rejects.toMatchObject({ name: 'RateLimitError' })
  await expect(shop.search('чай')).rejects.toMatchObject({ name: 'RateLimitError' })

  expect(fake.calls).toHaveLength(3)
})

const works: FaultRequest = { service: 'shop', mode: 'none', status: 500, delay_ms: 0, rate: 1 }

test.each<[string, Partial<FaultRequest>, object]>([
  ['the guard', { mode: 'status', status: 403 }, { name: 'MCPError', code: 'http_403' }],
  ['a rate limit of the proxy', { mode: 'status', status: 429 }, { name: 'RateLimitError', retryAfterMs: 60_000 }],
  ['a failing server', { mode: 'status', status: 503 }, { name: 'MCPError', code: 'http_503', retryable: true }],
  ['pages instead of answers', { mode: 'garbage' }, { name: 'MCPError', code: 'unreadable' }],
  ['cut connections', { mode: 'reset' }, { name: 'MCPError', code: 'network' }],
])('%s: its own error, and the shop works again afterwards', async (_, fault, error) => {
  const { shop, faults, clock } = await setup()
  await shop.search('молоко')

  faults.set({ ...works, ...fault })
  await expect(shop.search('сыр')).rejects.toMatchObject(error)
  faults.set(works)
  clock.advance(60_000)

  await expect(shop.search('сыр')).resolves.toMatchObject({ query: 'сыр' })
})

test('a server too slow for us is a timeout', async () => {
  const { shop, faults } = await setup({}, { timeoutMs: 100, retries: { count: 1, pauseMs: 1, budgetMs: 1_000 } })

  faults.set({ ...works, mode: 'slow', delay_ms: 60_000 })

  await expect(shop.search('сыр')).rejects.toMatchObject({ name: 'TimeoutError' })
})
