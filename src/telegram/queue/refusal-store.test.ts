import { expect, test } from 'vitest'
import { createTestDatabase } from '../../../test/support/database.ts'
import { createRefusalStore } from './refusal-store.ts'

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

  const [first, second] = await Promise.all([store.takeReminders(1, 5_000), other.takeReminders(1, 5_000)])
  const tooSoon = await other.takeReminders(1, 5_000)
  await store.reminded(3)
  await age('5 seconds')

  expect([first, second].flat()).toEqual([3])
  expect(tooSoon).toEqual([])
  expect(await other.takeReminders(5, 5_000)).toEqual([1])
  expect(await store.counts()).toEqual({ refused: 3, wanted: 1, reminded: 1 })
})

test('a claim of a bot that died before it sent is taken over', async () => {
  const { store, other, age } = await setup()
  await store.wantReminder(1)
  await store.takeReminders(5, 0)

  await age('14 minutes')
  const early = await other.takeReminders(5, 0)
  await age('1 minute')

  expect(early).toEqual([])
  expect(await other.takeReminders(5, 0)).toEqual([1])
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

  expect(await store.takeReminders(5, 0)).toEqual([2])
  expect(await store.counts()).toMatchObject({ wanted: 1 })
})

test('a reminder is dropped after half a day, a refusal after 30 days', async () => {
  const { store, sql } = await setup()
  await store.wantReminder(1)
  await sql(
    `update queue_refusals set wanted_at = wanted_at - interval '12 hours', refused_at = refused_at - interval '31 days'`,
  )
  await store.wantReminder(2)

  expect(await store.takeReminders(5, 0)).toEqual([2])
  await store.takeReminders(5, 0)

  expect(await sql('select user_id from queue_refusals')).toEqual([{ user_id: '2' }])
})

test('who asks again after a reminder gets another', async () => {
  const { store } = await setup()
  await store.wantReminder(1)
  await store.takeReminders(5, 0)
  await store.reminded(1)

  await store.wantReminder(1)

  expect(await store.takeReminders(5, 0)).toEqual([1])
})
