import { afterEach, describe, expect, test } from 'vitest'
import type { ShopLimits } from './create-shop.ts'
import { milkPage, type Script, say, sayTool, startScriptedServer } from './testing/scripted-server.ts'
import { setupShop } from './testing/shop-setup.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** A shop that answers the first calls with `failing`, then everything well. */
async function setup(failing: Script, failures: number, limits: Partial<ShopLimits> = {}) {
  let answered = 0
  const server = await startScriptedServer({
    call: exchange => {
      answered += 1
      if (answered <= failures) failing(exchange)
      else if (exchange.tool === 'vkusvill_cart_link_create')
        sayTool({ ok: true, data: { link: 'https://vkusvill.ru/?share_basket=77' } })(exchange)
      else sayTool(milkPage)(exchange)
    },
  })
  const ours = setupShop(server.url, limits)
  closers.push(server.close, ours.shop.close)
  const carts = () =>
    server.seen.filter(({ method, params }) => method === 'tools/call' && JSON.stringify(params).includes('cart_link'))
  return { carts, ...ours }
}
const limited = sayTool({ code: 'rate_limited' })
const failing = say(503, 'text/html', '')
const items = [{ xmlId: 1, q: 1 }]

describe('a cart while the circuit is open', () => {
  test.each<[string, Script, number, number]>([
    ['for its limit', limited, 1, 60_000],
    ['after failures', failing, 5, 15_000],
  ])('%s waits for it and is then made', async (_, script, failures, openMs) => {
    const { shop, clock, carts } = await setup(script, failures, { burst: 100 })
    for (let n = 0; n < failures; n++) await shop.search(`молоко ${'абвгд'[n]}`).catch(() => undefined)
    clock.slept.length = 0

    const cart = await shop.createCart(items, { waitMs: 90_000 })

    expect(cart.link).toContain('share_basket=77')
    expect(carts()).toHaveLength(1)
    expect(clock.slept[0]).toBeLessThanOrEqual(openMs)
    expect(clock.slept[0]).toBeGreaterThan(openMs / 2)
  })

  test('is refused without a pause where the wait would be longer than it may be', async () => {
    const { shop, clock, carts } = await setup(limited, 1)
    await shop.search('молоко').catch(() => undefined)

    await expect(shop.createCart(items, { waitMs: 59_000 })).rejects.toMatchObject({ name: 'RateLimitError' })

    expect(clock.slept).toEqual([])
    expect(carts()).toEqual([])
  })

  test('waits no longer than its message lasts', async () => {
    const { shop, carts } = await setup(limited, 1)
    await shop.search('молоко').catch(() => undefined)
    const reason = new Error('the user has stopped it')

    const making = shop.createCart(items, { waitMs: 90_000, signal: AbortSignal.abort(reason) })

    await expect(making).rejects.toBe(reason)
    expect(carts()).toEqual([])
  })

  test('that was sent and failed is not sent again', async () => {
    const { shop, carts } = await setup(failing, 1)

    await expect(shop.createCart(items, { waitMs: 90_000 })).rejects.toMatchObject({ name: 'MCPError' })

    expect(carts()).toHaveLength(1)
  })

  test('whose own call opened it is not sent again', async () => {
    const { shop, carts } = await setup(limited, 9)

    await expect(shop.createCart(items, { waitMs: 90_000 })).rejects.toMatchObject({ name: 'RateLimitError' })

    expect(carts()).toHaveLength(1)
  })
})
