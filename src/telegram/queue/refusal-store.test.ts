import { expect, test } from 'vitest'
import { createTestDatabase } from '../../../test/support/database.ts'
import { createRefusalStore } from './refusal-store.ts'

/** Without a place kept for who was reminded. */
const claim = (most: number, pauseMs: number) => ({ places: 100, most, keptMs: 0, pauseMs })

async function setup() {
  const { db, sql } = await createTestDatabase()
  const store = createRefusalStore(db)
  /** Lets the last claim be so long ago. */
  const age = (interval: string) => sql('update queue_refusals set claimed_at = claimed_at - $1::interval', [interval])
  return { store, sql, age, other: createRefusalStore(db) }
}

test('a reminder is claimed by one bot, who waits longest first, and sent once', async () => {
  const { store, other, age } = await setup()
  for (const userId of [3, 1, 2]) {
    await store.refuse(userId)
    if (userId !== 2) await store.wantReminder(userId)
  }
  await store.wantReminder(3)

  const [first, second] = await Promise.all([
    store.takeReminders(claim(1, 5_000)),
    other.takeReminders(claim(1, 5_000)),
  ])
  const tooSoon = await other.takeReminders(claim(1, 5_000))
  await store.reminded(3)
  await age('5 seconds')

  expect([first, second].flat()).toEqual([3])
  expect(tooSoon).toEqual([])
  expect(await other.takeReminders(claim(5, 5_000))).toEqual([1])
  expect(await store.counts()).toEqual({ refused: 3, wanted: 1, reminded: 1 })
})

test('who was reminded keeps a place until they write, or have not come for long', async () => {
  const { store, other, sql, age } = await setup()
  const places = { places: 3, most: 10, keptMs: 60_000, pauseMs: 0 }
  for (const userId of [1, 2, 3, 4, 5, 6]) {
    await store.refuse(userId)
    await store.wantReminder(userId)
  }

  const first = await store.takeReminders(places)
  const whileAllAreExpected = await other.takeReminders(places)
  for (const userId of first) await store.reminded(userId)
  await sql(
    `insert into users (user_id, registered_at, cart_limit, last_message_at) values (2, now(), 5, clock_timestamp())`,
  )
  const afterOneCame = await other.takeReminders(places)
  await age('1 minute')
  const later = await store.takeReminders({ ...places, places: 1 })

  expect(first.sort()).toEqual([1, 2, 3])
  expect(whileAllAreExpected).toEqual([])
  expect(afterOneCame).toEqual([4])
  expect(later).toEqual([5])
})

test('a claim of a bot that died before it sent is taken over', async () => {
  const { store, other, age } = await setup()
  await store.wantReminder(1)
  await store.takeReminders(claim(5, 0))

  await age('14 minutes')
  const early = await other.takeReminders(claim(5, 0))
  await age('1 minute')

  expect(early).toEqual([])
  expect(await other.takeReminders(claim(5, 0))).toEqual([1])
})

test('who has written since needs no reminder, unless they were refused again', async () => {
  const { store, sql } = await setup()
  for (const userId of [1, 2]) {
    await store.refuse(userId)
    await store.wantReminder(userId)
    await sql(
      `insert into users (user_id, registered_at, cart_limit, last_message_at) values ($1, now(), 5, clock_timestamp())`,
      [userId],
    )
  }
  await store.refuse(2)

  expect(await store.takeReminders(claim(5, 0))).toEqual([2])
  expect(await store.counts()).toMatchObject({ wanted: 1 })
})

test('who wrote after the refusal and then asks for a reminder gets it, also when they had asked before', async () => {
  const { store, sql } = await setup()
  for (const userId of [1, 2]) await store.refuse(userId)
  await store.wantReminder(2)
  for (const userId of [1, 2])
    await sql(
      `insert into users (user_id, registered_at, cart_limit, last_message_at) values ($1, now(), 5, clock_timestamp())`,
      [userId],
    )
  for (const userId of [1, 2]) await store.wantReminder(userId)

  expect((await store.takeReminders(claim(5, 0))).sort()).toEqual([1, 2])
})

test('a reminder is dropped after half a day, a refusal after 30 days', async () => {
  const { store, sql } = await setup()
  await store.wantReminder(1)
  await sql(
    `update queue_refusals set wanted_at = wanted_at - interval '12 hours', refused_at = refused_at - interval '31 days'`,
  )
  await store.wantReminder(2)

  expect(await store.takeReminders(claim(5, 0))).toEqual([2])
  await store.takeReminders(claim(5, 0))

  expect(await sql('select user_id from queue_refusals')).toEqual([{ user_id: '2' }])
})

test('who asks again after a reminder gets another', async () => {
  const { store } = await setup()
  await store.wantReminder(1)
  await store.takeReminders(claim(5, 0))
  await store.reminded(1)

  await store.wantReminder(1)

  expect(await store.takeReminders(claim(5, 0))).toEqual([1])
})
