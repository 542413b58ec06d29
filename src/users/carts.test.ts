import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { cart, minutes, newDataDir, noon, setup } from './testing/users-fixture.ts'

test('a message delivered again is known, counted once, and brings the cart it led to', async () => {
  const { users, update, events, sql } = await setup()
  const same = update()
  await users.message(same, 7)
  await users.cartCreated(same, 7, cart())

  const again = await users.message(same, 7)
  await users.done(same, 7)
  const afterReply = await users.message(same, 7)

  expect(again).toMatchObject({ delivery: 'repeat', cart: cart().cart })
  expect(afterReply).toMatchObject({ delivery: 'done' })
  expect(await events('session_start')).toHaveLength(1)
  expect(await sql('select date::text, messages from daily_stats')).toEqual([{ date: '2026-03-10', messages: 1 }])
})

test('a cart that its message brings again can be rated, as of the delivery that made it', async () => {
  const { users, start, update, sql } = await setup()
  const dataDir = newDataDir()
  const first = update()
  await start(dataDir).message(first, 7)
  await start(dataDir).cartCreated(first, 7, { ...cart(), promptVersion: '0123456789ab' })
  const second = { ...first, requestId: 'REQ_AGAIN' }

  const elsewhere = await start().message(second, 7)
  const brought = [await start(dataDir).message(second, 7), { cart: await start(dataDir).cartOf(second, 7) }]

  const rated = { cartNumber: 1, requestId: first.requestId, promptVersion: '0123456789ab' }
  expect(brought).toMatchObject([{ cart: { ...cart().cart, rated } }, { cart: { ...cart().cart, rated } }])
  expect(elsewhere?.cart).toEqual(cart().cart)
  expect(await users.rateCart(7, { ...rated, rating: 'up', reason: null })).toBe('rated')
  expect(await sql('select cart_number, rating from cart_ratings')).toEqual([{ cart_number: 1, rating: 'up' }])
})

test('without PostgreSQL a message delivered again brings the cart it led to, also to another process, until it was shown', async () => {
  const { cutOff, update } = await setup()
  const same = update()
  const dataDir = newDataDir()
  await cutOff(dataDir).cartCreated(same, 7, cart())

  const next = cutOff(dataDir)
  const again = await next.message(same, 7)
  const pressed = await next.cartOf(same, 7)
  await next.done(same, 7)

  expect(again).toMatchObject({ delivery: 'repeat', cart: cart().cart })
  expect(pressed).toEqual(cart().cart)
  expect(await cutOff(dataDir).message(same, 7)).toBeNull()
})

test('a cart that a kill kept from PostgreSQL is counted when its message is delivered again', async () => {
  const { start, cutOff, update, events } = await setup()
  const same = update()
  const dataDir = newDataDir()
  await cutOff(dataDir).cartCreated(same, 7, cart())

  const again = await start(dataDir).message(same, 7)

  expect(again).toMatchObject({ cart: cart().cart })
  expect(await events('cart_created')).toHaveLength(1)
})

test('a message answered with the cart of another one needs no other answer, with PostgreSQL and without, also after a kill', async () => {
  const { users, start, cutOff, update, events } = await setup()
  const [asked, taken] = [update(), update()]
  for (const one of [asked, taken]) await users.message(one, 7)
  const dataDir = newDataDir()
  await cutOff(dataDir).cartCreated(asked, 7, { ...cart(), together: [taken] })

  const down = await cutOff(dataDir).message(taken, 7)
  const up = await start(dataDir).message(taken, 7)
  const first = await start(dataDir).message(asked, 7)

  expect([down?.delivery, down?.cart]).toEqual(['done', null])
  expect([up?.delivery, up?.cart]).toEqual(['done', null])
  expect(await users.wasDone(taken, 7)).toBe(true)
  expect(first).toMatchObject({ delivery: 'repeat', cart: cart().cart })
  expect(await events('cart_created')).toHaveLength(1)
})

test.each([
  ['were dropped', `insert into event_horizon (oldest_retained) values (now() - interval '12 months')`],
  ['would be dropped', 'select'],
])('facts of months that were not prepared are stored, those of months that %s are not', async (_, prepare) => {
  const { users, update, sql, events } = await setup()
  const ago = (days: number) => new Date(Date.now() - days * 24 * 3_600_000)
  await sql(prepare)

  await users.start(update(ago(200)), 7, '')
  await users.start(update(ago(380)), 8, '')

  expect((await events('bot_start')).map(({ user_id }) => Number(user_id))).toEqual([7])
})

test('a cart recorded again at another time keeps its number', async () => {
  const { users, update, setClock, events } = await setup()
  const same = update()
  await users.cartCreated(same, 7, cart())
  setClock(minutes(3))

  const again = await users.cartCreated(same, 7, cart())

  expect(again).toMatchObject({ cartNumber: 1, repeat: true })
  expect(await events('cart_created')).toHaveLength(1)
})

test('whatever carts and corrections are made concurrently, numbers and revisions have no gaps and the counter equals the carts', async () => {
  const carts = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 3 }), fc.boolean()), {
    minLength: 1,
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(carts, async made => {
      const { all, update, sql } = await setup({ replicas: 4 })

      await Promise.all(
        made.map(([replica, userId, revises]) => all[replica]?.cartCreated(update(), userId, cart(1, revises))),
      )

      const rows = await sql<{ carts_created: number; carts: number[][] }>(`
        select u.carts_created, jsonb_agg(v.revisions order by v.cart_number) as carts
        from users u join (
          select user_id, metadata -> 'cart_number' as cart_number, jsonb_agg(metadata -> 'revision' order by metadata -> 'revision') as revisions
          from user_events where event_type = 'cart_created' group by 1, 2) v on v.user_id = u.user_id
        group by u.user_id`)
      expect(rows.flatMap(row => row.carts.flat())).toHaveLength(made.length)
      for (const row of rows) expect(row.carts).toHaveLength(row.carts_created)
      for (const revisions of rows.flatMap(row => row.carts)) expect(revisions).toEqual(revisions.map((_, i) => i))
    }),
    { numRuns: 8 },
  )
})

test('a correction keeps the number of the last cart, which is its latest version, and leaves the allowance as it was', async () => {
  const { users, update, setClock } = await setup()
  const made = await users.cartCreated(update(), 7, cart())
  setClock(minutes(30))
  const corrected = { ...cart(1, true), cart: { ...cart().cart, totalMinor: 21_000 } }

  const first = await users.cartCreated(update(), 7, corrected)
  const inSameUpdate = await users.cartCreated(update(), 7, { ...corrected, ordinal: 2 })
  setClock(minutes(61))

  expect(made).toMatchObject({ cartNumber: 1, revision: 0, cartsCreated: 1, cartLimit: 5 })
  expect(first).toMatchObject({ cartNumber: 1, revision: 1, cartsCreated: 1, cartLimit: 5 })
  expect(inSameUpdate).toMatchObject({ cartNumber: 1, revision: 2 })
  expect(await users.lastCart(7)).toEqual({ ...corrected.cart, cartNumber: 1, revision: 2, madeAt: minutes(30) })
  expect(await users.allowance(7)).toMatchObject({ cartsCreated: 1 })
  expect(await users.cartCreated(update(), 7, corrected)).toMatchObject({ cartNumber: 2, revision: 0, cartsCreated: 2 })
})

test('while PostgreSQL is down a correction is assumed to take no cart of the allowance', async () => {
  const { cutOff, start, update } = await setup()
  const dataDir = newDataDir()
  const users = cutOff(dataDir)
  await start().message(update(), 7)
  await users.find(7)

  await users.cartCreated(update(), 7, cart())
  await users.cartCreated(update(), 7, cart(1, true))

  expect((await users.message(update(), 7))?.user.cartsCreated).toBe(1)
})

test('cart_created says what the cart was, and null for an unknown sum', async () => {
  const { users, update, events } = await setup()
  await users.message(update(), 7)
  await users.message(update(minutes(1)), 7)

  await users.cartCreated(update(minutes(1)), 7, { ...cart(), totalSum: null, scenario: 'recipe' })

  expect((await events('cart_created')).map(e => e.metadata)).toEqual([
    {
      cart_number: 1,
      items_count: 0,
      total_sum: null,
      scenario: 'recipe',
      messages_in_session: 2,
      affiliate_tag: null,
      revision: 0,
    },
  ])
})

test('the last cart is offered for 24 hours', async () => {
  const { users, update, setClock } = await setup()
  await users.cartCreated(update(), 7, cart())
  const after = async (ms: number) => {
    setClock(new Date(noon.getTime() + ms))
    return users.lastCart(7)
  }

  expect(await after(24 * 3_600_000 - 1)).toMatchObject(cart().cart)
  expect(await after(24 * 3_600_000)).toBeNull()
})

test('allowance ends at the limit', async () => {
  const { users, update } = await setup()
  for (let i = 0; i < 5; i++) await users.cartCreated(update(), 7, cart())

  expect(await users.allowance(7)).toMatchObject({ allowed: false, cartsCreated: 5, cartLimit: 5 })
  expect(await users.allowance(8)).toMatchObject({ allowed: true })
})

/** How often PostgreSQL was asked for a user. */
async function lookups(register: MetricRegistry): Promise<number> {
  const text = await register.metrics()
  return Number(/duration_seconds_count\{[^}]*query="find_user"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0)
}

test('a message and the carts made since say what is left; that nothing is left is looked up', async () => {
  const { users, update, sql, register } = await setup()
  await users.message(update(), 7)
  for (let i = 0; i < 4; i++) await users.cartCreated(update(), 7, cart())
  const left = await users.allowance(7)
  const lookupsBefore = await lookups(register)
  await users.cartCreated(update(), 7, cart())

  const none = await users.allowance(7)
  await sql('update users set cart_limit = 9')
  const more = await users.allowance(7)

  expect(left).toMatchObject({ allowed: true, cartsCreated: 4 })
  expect(none).toMatchObject({ allowed: false, cartsCreated: 5 })
  expect(more).toMatchObject({ allowed: true, cartLimit: 9 })
  expect([lookupsBefore, await lookups(register)]).toEqual([0, 2])
})

test.each(['message', 'cart', 'command'] as const)(
  'after a %s that PostgreSQL did not store the allowance is looked up: another process may have used it',
  async kind => {
    const { users: other, start, update } = await setup()
    let isDown = false
    const mine = start(newDataDir(), {
      recorder: recorder => ({ ...recorder, submit: async fact => (isDown ? null : recorder.submit(fact)) }),
      store: store => ({ ...store, find: async (...asked) => (isDown ? null : store.find(...asked)) }),
    })
    await mine.message(update(), 7)
    if (kind === 'command') await mine.find(7)
    isDown = true
    if (kind === 'message') await mine.message(update(), 7)
    if (kind === 'cart') await mine.cartCreated(update(), 7, cart())
    isDown = false
    for (let i = 0; i < 5; i++) await other.cartCreated(update(), 7, cart())

    expect(await mine.allowance(7)).toMatchObject({ allowed: false })
  },
)

test('a cart of names that no text can hold is stored, each broken character as one', async () => {
  const { users, update, events } = await setup()
  await users.start(update(), 7, '')
  const product = { id: 1, xmlId: 1, name: 'Сыр \0\uD800 \\ud800 🥛', unit: 'шт', price: null }
  const line = {
    product: { ...product, weightGrams: null, rating: null, url: null },
    q: 1,
    priceMinor: null,
    sumMinor: null,
  }

  const outcome = await users.cartCreated(update(), 7, { ...cart(), cart: { ...cart().cart, lines: [line] } })

  expect(outcome).toMatchObject({ cartNumber: 1 })
  expect(await events('cart_created')).toHaveLength(1)
  expect((await users.lastCart(7))?.lines[0]?.product.name).toBe('Сыр \uFFFD\uFFFD \\ud800 🥛')
})

test('a message that a kill left answered, with its cart still in the journal, leaves nothing there when it comes again', async () => {
  const { users, start, cutOff, update } = await setup()
  const dataDir = newDataDir()
  const inJournal = () => readFileSync(join(dataDir, 'spool', 'carts', 'carts.ndjson'), 'utf8')
  const same = update()
  await users.start(update(), 7, '')
  await users.message(same, 7)
  await cutOff(dataDir).cartCreated(same, 7, cart())
  await users.done(same, 7)
  expect(inJournal()).toContain('share_basket')

  expect(await start(dataDir).wasDone(same, 7)).toBe(true)

  expect(inJournal()).toBe('')
})
