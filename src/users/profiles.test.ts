import { expect, test } from 'vitest'
import { metricValue } from '../../test/support/metrics.ts'
import { cart, noon, setup } from './testing/users-fixture.ts'
import type { UserReadings } from './users.ts'

test('the roubles of a day are what model calls of that day have cost, for a user and for all', async () => {
  const { users, sql } = await setup()
  await sql('insert into user_usage (user_id, day, cost_rub) values (7, $1, 1.234567), (7, $2, 50), (8, $1, 9)', [
    noon,
    new Date(noon.getTime() - 24 * 3_600_000),
  ])

  await sql('insert into daily_stats (date, tokens_cost_rub) values ($1, 10.234567), ($2, 50)', [
    noon,
    new Date(noon.getTime() - 24 * 3_600_000),
  ])

  const spent = await Promise.all([7, 9, null].map(userId => users.readings(userId).spentOnDay()))

  expect(spent).toEqual([1.234567, 0, 0].map(userRub => ({ userRub, dayRub: 10.234567 })))
})

test('what an answer needs of its user is read with one statement, and again once it is out of date', async () => {
  const { users, update, register } = await setup()
  await users.start(update(), 7, '')
  await users.addRestriction(7, { kind: 'diet', value: 'веган' })
  for (const value of ['орехи', 'мёд']) await users.addRestriction(7, { kind: 'allergy', value })
  await users.setPreference(7, { category: 'чай', preference: 'чёрный' })
  await users.setPreference(7, { category: 'хлеб', preference: 'ржаной' })
  await users.cartCreated(update(), 7, cart())
  const all = async (readings: UserReadings) => [
    await readings.preferences(),
    await readings.restrictions(),
    await readings.lastCart(),
  ]

  const readings = users.readings(7)
  await readings.spentOnDay()
  expect(await all(readings)).toEqual([
    await users.preferences(7),
    await users.restrictions(7),
    await users.lastCart(7),
  ])
  const query = { query: 'load_readings' }
  expect(await metricValue(register, 'bot_db_query_duration_seconds_count', query)).toBe(1)

  await users.deletePreference(7, 'чай')
  expect(await readings.preferences()).toHaveLength(2)
  readings.forget()
  expect(await readings.preferences()).toHaveLength(1)
  expect(await all(users.readings(8))).toEqual([[], [], null])
})

test('restrictions are lower-cased, each stored once, at most fifty, and removed by kind and value', async () => {
  const { users, update } = await setup()
  await users.start(update(), 7, '')
  for (let i = 0; i < 49; i++) await users.addRestriction(7, { kind: 'dislike', value: `Слово ${i}` })
  await users.addRestriction(7, { kind: 'allergy', value: ' Орехи ' })

  const again = await users.addRestriction(7, { kind: 'allergy', value: 'орехи' })
  const fiftyFirst = await users.addRestriction(7, { kind: 'diet', value: 'веган' })
  const removed = await users.removeRestriction(7, { kind: 'allergy', value: 'ОРЕХИ' })

  expect([again, fiftyFirst, removed]).toEqual(['saved', 'full', true])
  expect(await users.restrictions(7)).toHaveLength(49)
  expect(await users.removeRestriction(7, { kind: 'allergy', value: 'орехи' })).toBe(false)
})

test('preferences are one a category, lower-cased, and at most fifty', async () => {
  const { users } = await setup()
  for (let i = 0; i < 50; i++) await users.setPreference(7, { category: `Категория ${i}`, preference: 'да' })

  const fiftyFirst = await users.setPreference(7, { category: 'ещё одна', preference: 'да' })
  const known = await users.setPreference(7, { category: 'категория 3', preference: 'НЕТ' })

  expect([fiftyFirst, known]).toEqual(['full', 'saved'])
  expect(await users.preferences(7)).toHaveLength(50)
  expect((await users.preferences(7)).find(p => p.category === 'категория 3')).toEqual({
    category: 'категория 3',
    preference: 'нет',
  })
  expect(await users.deletePreference(7, ' Категория 3')).toBe(true)
})

test('a block shows its reason and ends with unblocking, in every process', async () => {
  const { users, all, update } = await setup({ replicas: 2 })
  await users.start(update(), 7, '')

  const blocked = await users.block(7, 'спам')
  const other = await all[1]?.message(update(), 7)
  const unblocked = await users.unblock(7)

  expect([blocked, unblocked]).toEqual([true, true])
  expect(other?.user.blocked).toEqual({ reason: 'спам' })
  expect((await all[1]?.message(update(), 7))?.user.blocked).toBeNull()
})

test('carts granted are added to the limit, and nothing is taken from what was made', async () => {
  const { users, update, sql } = await setup()
  await users.start(update(), 7, '')
  for (let i = 0; i < 5; i++) await users.cartCreated(update(), 7, cart())

  const limit = await users.grantCarts(7, 3)

  expect(limit).toBe(8)
  expect(await users.allowance(7)).toMatchObject({ allowed: true, cartsCreated: 5, cartLimit: 8 })
  expect(await sql('select carts_created, cart_limit from users')).toEqual([{ carts_created: 5, cart_limit: 8 }])
})

test('a reset gives the carts of a new user again: the counter still equals the rows, the limit moves', async () => {
  const { users, update, events } = await setup()
  await users.start(update(), 7, '')
  for (let i = 0; i < 4; i++) await users.cartCreated(update(), 7, cart())

  const left = await users.resetCarts(7, 5)
  const next = await users.cartCreated(update(), 7, cart())

  expect(left).toBe(5)
  expect(next).toMatchObject({ cartNumber: 5, cartLimit: 9 })
  expect(await events('cart_created')).toHaveLength(5)
})

test('a reset takes nothing from who has more left, and twice is once', async () => {
  const { users, update } = await setup()
  await users.start(update(), 7, '')
  await users.grantCarts(7, 20)
  await users.start(update(), 8, '')
  await users.cartCreated(update(), 8, cart())

  const left = [await users.resetCarts(7, 5), await users.resetCarts(8, 5), await users.resetCarts(8, 5)]

  expect(left).toEqual([25, 5, 5])
})

test('what an operator changes is remembered while PostgreSQL takes no facts', async () => {
  const { users, cutOff, update } = await setup()
  await users.start(update(), 7, '')
  const process = cutOff()
  await process.find(7)

  await process.block(7, null)
  await process.grantCarts(7, 2)
  const afterBlock = await process.message(update(), 7)
  await process.unblock(7)
  await process.resetCarts(7, 30)
  const afterReset = await process.message(update(), 7)

  expect(afterBlock?.user).toMatchObject({ blocked: { reason: null }, cartLimit: 7 })
  expect(afterReset?.user).toMatchObject({ blocked: null, cartLimit: 30 })
})

test('no user is created by an operator: an unknown user stays unknown', async () => {
  const { users, sql } = await setup()

  const answers = [
    await users.block(404, 'спам'),
    await users.unblock(404),
    await users.grantCarts(404, 1),
    await users.resetCarts(404, 5),
  ]

  expect(answers).toEqual([false, false, null, null])
  expect(await sql('select from users')).toEqual([])
})
