import { afterEach, describe, expect, test } from 'vitest'
import type { ShopLimits } from './create-shop.ts'
import {
  milk,
  milkPage,
  type Script,
  type ScriptedExchange,
  say,
  sayResult,
  sayTool,
  startScriptedServer,
} from './testing/scripted-server.ts'
import { setupShop } from './testing/shop-setup.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function setup(call: Script, limits: Partial<ShopLimits> = {}, use: Parameters<typeof setupShop>[2] = {}) {
  const server = await startScriptedServer({ call })
  const ours = setupShop(server.url, limits, use)
  closers.push(server.close, ours.shop.close)
  const calls = () => server.seen.filter(({ method }) => method === 'tools/call')
  return { server, calls, ...ours }
}
const answer = sayTool(milkPage)
const cartMade = sayTool({ ok: true, data: { link: 'https://vkusvill.ru/?share_basket=77' } })
/** Answers call after call with the given scripts, the last one for ever. */
const inTurn = (...scripts: [Script, ...Script[]]): Script => {
  let next = 0
  return exchange => {
    const script = scripts[Math.min(next, scripts.length - 1)] ?? scripts[0]
    next += 1
    script(exchange)
  }
}
const search = 'vkusvill_products_search'
const outcomes = 'bot_shop_calls_total'

describe('what is sent', () => {
  test('a search asks for the whole range with the words that count', async () => {
    const { shop, calls } = await setup(answer)

    await shop.search('Творог 5% 400 гр', { sort: 'price_asc' })

    expect(calls()[0]?.params).toEqual({
      name: search,
      arguments: {
        q: 'Творог',
        page: 1,
        sort: 'price_asc',
        vvonly: 0,
        mode: 'custom',
        fields: ['id', 'xml_id', 'name', 'price', 'unit', 'weight', 'rating', 'url', 'category'],
      },
    })
  })

  test('details and cart send what their schemas name, equal products merged', async () => {
    const { shop, calls } = await setup(x =>
      (x.tool === 'vkusvill_cart_link_create' ? cartMade : sayTool({ ok: true, data: milk }))(x),
    )

    const card = await shop.details(173)
    const cart = await shop.createCart([
      { xmlId: 5, q: 1 },
      { xmlId: 5, q: 0.5 },
    ])

    expect(card).toMatchObject({ id: 173, nutrition: null })
    expect(cart).toEqual({ link: 'https://vkusvill.ru/?share_basket=77', affiliateTag: null })
    expect(calls().map(({ params }) => params)).toEqual([
      { name: 'vkusvill_product_details', arguments: { id: 173 } },
      { name: 'vkusvill_cart_link_create', arguments: { products: [{ xml_id: 5, q: 1.5 }] } },
    ])
  })

  test('what cannot succeed is not sent', async () => {
    const { shop, server } = await setup(answer)

    await expect(shop.search(' \u00a0 ')).rejects.toMatchObject({ name: 'MCPError', code: 'empty_input' })
    await expect(shop.details(0)).rejects.toMatchObject({ code: 'invalid_product' })
    await expect(shop.createCart([])).rejects.toMatchObject({ code: 'empty_cart' })

    expect(server.seen).toEqual([])
  })
})

describe('the cache', () => {
  test('the same words are asked once in three hours, whatever their case and amounts', async () => {
    const { shop, calls, clock, metric } = await setup(answer)

    const first = await shop.search('Молоко')
    const second = await shop.search(' молоко 1 л ')
    clock.advance(3 * 3_600_000 + 1)
    await shop.search('молоко')

    expect(calls()).toHaveLength(2)
    expect(second).toEqual({ ...first, query: 'молоко' })
    expect(await metric('bot_shop_cache_requests_total', { tool: search, result: 'hit' })).toBe(1)
    expect(await metric('bot_shop_cache_requests_total', { tool: search, result: 'miss' })).toBe(2)
  })

  test('another order is another search', async () => {
    const { shop, calls } = await setup(answer)

    await shop.search('молоко')
    await shop.search('молоко', { sort: 'price_asc' })

    expect(calls()).toHaveLength(2)
  })

  test('searches in flight are joined, and a caller may take from its own result', async () => {
    const { shop, calls, metric } = await setup(answer)

    const [one, other] = await Promise.all([shop.search('молоко'), shop.search('МОЛОКО')])
    one?.products.pop()

    expect(other?.products).toMatchObject([{ name: milk.name }])
    expect((await shop.search('молоко')).products).toMatchObject([{ name: milk.name }])
    expect(calls()).toHaveLength(1)
    expect(await metric('bot_shop_cache_requests_total', { tool: search, result: 'coalesced' })).toBe(1)
  })

  test('an empty result is a result, asked for again sooner', async () => {
    const { shop, calls, clock } = await setup(
      sayTool({ ok: true, data: { meta: { total: 0 }, items: [], facets: { categories: null } } }),
    )

    expect(await shop.search('вагю')).toEqual({ query: 'вагю', total: 0, products: [] })
    await shop.search('вагю')
    clock.advance(600_001)
    await shop.search('вагю')

    expect(calls()).toHaveLength(2)
  })

  test('product cards are cached too, carts never', async () => {
    const { shop, calls } = await setup(x =>
      (x.tool === 'vkusvill_cart_link_create' ? cartMade : sayTool({ ok: true, data: milk }))(x),
    )

    for (let i = 0; i < 2; i += 1) {
      await shop.details(173)
      await shop.createCart([{ xmlId: 1, q: 1 }])
    }

    expect(calls().map(({ tool }) => tool)).toEqual([
      'vkusvill_product_details',
      'vkusvill_cart_link_create',
      'vkusvill_cart_link_create',
    ])
  })

  test('items that could not be read are counted', async () => {
    const { shop, metric } = await setup(sayTool({ ok: true, data: { items: [milk, { name: 'без номера' }, null] } }))

    await shop.search('молоко')

    expect(await metric('bot_shop_items_skipped_total')).toBe(2)
  })
})

describe('pace', () => {
  test('four calls are sent immediately, the fifth waits a second', async () => {
    const { shop, clock, metric } = await setup(answer)

    for (const query of ['молоко', 'сыр', 'хлеб', 'масло']) await shop.search(query)
    expect(clock.slept).toEqual([])
    await shop.search('чай')

    expect(clock.slept).toEqual([1_000])
    expect(await metric('bot_shop_limiter_wait_seconds')).toBeGreaterThan(0)
  })

  test('sixty calls are a minute, and one second more is left for those that come late', async () => {
    const { shop, clock } = await setup(answer)

    for (let i = 0; i < 61; i++) await shop.search(`молоко ${'а'.repeat(i)}`)

    expect(clock.slept.slice(-2)).toEqual([1_000, 5_000])
  })

  test('the calls before the start of the process are not known, except to Redis', async () => {
    const elapsedMs = () => 0
    const alone = await setup(answer, {}, { elapsedMs })
    const redis = { run: async () => [0, 0], isDown: () => false, close: () => undefined }
    const shared = await setup(answer, {}, { elapsedMs, redis })

    await alone.shop.search('молоко')
    await shared.shop.search('молоко')

    expect(alone.clock.slept).toEqual([5_000])
    expect(shared.clock.slept).toEqual([])
  })

  test('a call that would wait longer than allowed is rejected immediately', async () => {
    const { shop, calls, metric } = await setup(answer, { maxQueueWaitMs: 500 })

    for (const query of ['молоко', 'сыр', 'хлеб', 'масло']) await shop.search(query)

    await expect(shop.search('чай')).rejects.toMatchObject({ name: 'RateLimitError', retryAfterMs: 500 })
    expect(calls()).toHaveLength(4)
    expect(await metric(outcomes, { tool: search, outcome: 'not_sent' })).toBe(1)
  })
})

describe('repeats', () => {
  test('a search that failed in passing is repeated twice at most, with growing pauses', async () => {
    const { shop, clock, lines, metric } = await setup(
      inTurn(say(502, 'text/html', ''), say(503, 'text/html', ''), answer),
    )

    await expect(shop.search('молоко')).resolves.toMatchObject({ total: 1 })

    expect(clock.slept).toEqual([500, 1_000])
    expect(lines).toMatchObject([
      { event: 'upstream_retry', fields: { upstream: 'shop', operation: search, attempt: 1, error_name: 'MCPError' } },
      { event: 'upstream_retry', fields: { attempt: 2, delay_ms: 1_000 } },
    ])
    expect(await metric(outcomes, { tool: search, outcome: 'failed' })).toBe(2)
    expect(await metric(outcomes, { tool: search, outcome: 'ok' })).toBe(1)
  })

  test('after the second repeat the failure is the answer', async () => {
    const { shop, calls } = await setup(say(502, 'text/html', ''))

    await expect(shop.details(1)).rejects.toMatchObject({ code: 'http_502' })

    expect(calls()).toHaveLength(3)
  })

  test.each<[string, Script]>([
    ['a rate limit', sayTool({ ok: false, error: { code: 'rate_limited', retryable: true } })],
    ['a refusal', sayTool({ ok: false, error: { code: 'invalid_input', retryable: false } })],
    ['results of another shape', sayTool({ ok: true, data: {} })],
  ])('nothing is repeated after %s', async (_, call) => {
    const { shop, calls } = await setup(call)

    await shop.search('молоко').catch(() => undefined)

    expect(calls()).toHaveLength(1)
  })

  test('no retry begins after the time budget of a user’s message', async () => {
    const { shop, calls } = await setup(say(502, 'text/html', ''), {
      retries: { count: 2, pauseMs: 500, budgetMs: 1_499 },
    })

    await expect(shop.search('молоко')).rejects.toMatchObject({ code: 'http_502' })

    expect(calls()).toHaveLength(2)
  })

  test.each<[string, Script, string]>([
    ['HTTP 502', say(502, 'text/html', ''), 'http_502'],
    ['a cut connection', ({ res }) => void res.socket?.resetAndDestroy(), 'network'],
    ['a refusal of its data', sayTool({ ok: false, error: { code: 'invalid_input' } }), 'invalid_input'],
    ['a refusal that asks for it', sayTool({ ok: false, error: { code: 'busy', retryable: true } }), 'busy'],
    ['a link of another form', sayTool({ ok: true, data: { link: 'https://evil.example/' } }), 'bad_link'],
  ])('a cart is never repeated, not after %s', async (_, call, code) => {
    const { shop, calls } = await setup(call)

    await expect(shop.createCart([{ xmlId: 1, q: 1 }])).rejects.toMatchObject({ name: 'MCPError', code })

    expect(calls()).toHaveLength(1)
  })
})

describe('the circuit', () => {
  test('after rate_limited the circuit is open for a minute, then one call probes', async () => {
    const { shop, calls, clock, lines, metric } = await setup(inTurn(sayTool({ code: 'rate_limited' }), answer))

    await expect(shop.search('молоко')).rejects.toMatchObject({ name: 'RateLimitError' })
    await expect(shop.createCart([{ xmlId: 1, q: 1 }])).rejects.toMatchObject({
      name: 'RateLimitError',
      retryAfterMs: 60_000,
    })

    expect(calls()).toHaveLength(1)
    expect(await metric('bot_shop_circuit_open')).toBe(1)
    expect(await metric('bot_shop_circuit_retry_timestamp_seconds')).toBeGreaterThan(0)
    expect(lines).toMatchObject([
      {
        level: 'warn',
        event: 'circuit_opened',
        fields: { upstream: 'shop', delay_ms: 60_000, reason: 'rate_limited' },
      },
    ])
    expect(await metric(outcomes, { outcome: 'rate_limited' })).toBe(1)
    expect(await metric(outcomes, { outcome: 'not_sent' })).toBe(1)

    clock.advance(60_000)
    await expect(shop.search('молоко')).resolves.toMatchObject({ total: 1 })
    expect(await metric('bot_shop_circuit_open')).toBe(0)
    expect(await metric('bot_shop_circuit_retry_timestamp_seconds')).toBe(0)
  })

  test('while it is open the cache still answers', async () => {
    const { shop } = await setup(inTurn(answer, sayTool({ code: 'rate_limited' })))

    await shop.search('молоко')
    await shop.search('сыр').catch(() => undefined)

    await expect(shop.search('молоко')).resolves.toMatchObject({ total: 1 })
  })

  test('a call that the open circuit would reject does not wait for its turn', async () => {
    const { shop, clock } = await setup(sayTool({ code: 'rate_limited' }), { burst: 1 })

    await shop.search('молоко').catch(() => undefined)
    await expect(shop.search('сыр')).rejects.toMatchObject({ name: 'RateLimitError' })

    expect(clock.slept).toEqual([])
  })

  test('consecutive failures open it, and retries are not sent', async () => {
    const { shop, calls, clock, lines } = await setup(say(503, 'text/html', ''), { burst: 100 })

    await shop.search('молоко').catch(() => undefined)
    await expect(shop.search('сыр')).rejects.toMatchObject({ code: 'circuit_open', retryable: true })

    expect(calls()).toHaveLength(5)
    expect(lines.at(-1)).toMatchObject({ level: 'info', event: 'upstream_retry' })
    expect(lines.filter(({ event }) => event === 'circuit_opened')).toMatchObject([
      { fields: { reason: 'failures', delay_ms: 15_000 } },
    ])
    const pauses = clock.slept.length
    await expect(shop.search('масло')).rejects.toMatchObject({ code: 'circuit_open' })
    expect(clock.slept).toHaveLength(pauses)
    clock.advance(15_000)
    await shop.search('хлеб').catch(() => undefined)
    expect(calls()).toHaveLength(6)
  })
})

describe('schemas', () => {
  const searchSchema = (properties: object) => ({
    name: search,
    inputSchema: { type: 'object', properties },
  })
  const listed = (...tools: unknown[]): Script => sayResult({ tools })

  test('missing and unreadable tools are returned and logged', async () => {
    const { shop, lines } = await setup(
      listed({ name: search }, 'nonsense', {
        name: 'vkusvill_product_details',
        inputSchema: { type: 'object', properties: { id: { type: 'no such type' } } },
      }),
    )

    expect(await shop.checkSchemas()).toEqual([search, 'vkusvill_product_details', 'vkusvill_cart_link_create'])

    expect(lines).toMatchObject([
      { event: 'schema_drift', fields: { upstream: 'shop', operation: search, detail: 'schema unreadable' } },
      { fields: { detail: 'schema unreadable' } },
      { level: 'warn', fields: { operation: 'vkusvill_cart_link_create', detail: 'missing' } },
    ])
  })

  test.each([
    ['argument', searchSchema({ q: {}, page: {}, sort: {}, vvonly: {}, mode: {} }), 'an argument is no longer known'],
    [
      'value',
      searchSchema({ q: {}, page: {}, sort: { enum: ['popularity'] }, vvonly: {}, mode: {}, fields: {} }),
      'arguments are no longer accepted',
    ],
  ])('an %s that is no longer taken is drift', async (_, tool, detail) => {
    const { shop, lines } = await setup(listed(tool))

    expect(await shop.checkSchemas()).toContain(search)

    expect(lines[0]?.fields).toMatchObject({ operation: search, detail })
  })

  test.each<[string, Script]>([
    ['is down', say(503, 'text/html', '')],
    ['lists nothing readable', sayResult({ tools: 'молоко' })],
  ])('a shop that %s is logged and does not stop the start', async (_, call) => {
    const { shop, lines } = await setup(call)

    expect(await shop.checkSchemas()).toEqual([])

    expect(lines).toMatchObject([
      {
        level: 'warn',
        event: 'upstream_failed',
        fields: { upstream: 'shop', operation: 'tools_list', error_name: 'MCPError' },
      },
    ])
  })

  test('a list that never ends is left', async () => {
    const { shop, server } = await setup((x: ScriptedExchange) => sayResult({ tools: [], nextCursor: 'again' })(x))

    expect(await shop.checkSchemas()).toHaveLength(3)

    expect(server.methods().filter(method => method === 'tools/list')).toHaveLength(20)
  })
})

test('every known series is there from the start, at 0', async () => {
  const { register } = await setup(answer)

  const text = await register.metrics()

  for (const series of [
    'bot_shop_calls_total{tool="tools_list",outcome="not_sent"',
    'bot_shop_calls_total{tool="vkusvill_cart_link_create",outcome="ok"',
    'bot_shop_call_duration_seconds_count{tool="vkusvill_product_details"',
    'bot_shop_cache_requests_total{tool="vkusvill_product_details",result="coalesced"',
    'bot_shop_items_skipped_total',
    'bot_shop_circuit_open',
    'bot_shop_limiter_wait_seconds_count',
  ])
    expect(text).toContain(series)
})
