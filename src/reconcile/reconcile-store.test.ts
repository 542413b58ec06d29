import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createAnalytics } from '../analytics/analytics.ts'
import { createReconcileStore, type ReconciledRow } from './reconcile-store.ts'

const timeZone = 'Europe/Moscow'
const now = () => new Date('2026-03-11T09:00:00Z')

async function setup() {
  const { db, sql } = await createTestDatabase(now())
  const store = createReconcileStore(db, timeZone)
  const { refresh } = createAnalytics({ db, timeZone, now })
  const add = async (userId: number, type: 'cart_created' | 'bot_error', at: string, revision = 0) => {
    await sql(
      `insert into user_events (id, user_id, event_type, metadata, created_at)
       values ($1, $2, $3, $5, $4)`,
      [randomUUID(), userId, type, at, { cart_number: 1, total_sum: 100, revision }],
    )
    await sql('insert into dirty_days values (local_day($2, $3), array[$1::bigint])', [userId, at, timeZone])
  }
  const erase = async (userId: number) => {
    await sql('select erase_from_rollups($1, $2)', [userId, timeZone])
    await sql('delete from user_events where user_id = $1', [userId])
  }
  const read = async () => {
    await refresh()
    return store.readDay('2026-03-10')
  }
  return { store, sql, add, erase, read }
}

test('a day is from midnight to midnight of its time zone', async () => {
  const { add, read } = await setup()
  await add(1, 'cart_created', '2026-03-09T20:59:59.999Z')
  await add(1, 'cart_created', '2026-03-09T21:00:00Z')
  await add(2, 'cart_created', '2026-03-10T20:59:59.998Z')
  await add(2, 'cart_created', '2026-03-10T20:59:59.999Z', 1) // a correction is no cart
  await add(2, 'bot_error', '2026-03-10T21:00:00Z')

  const { window, numbers, fromEvents } = await read()

  expect(window).toEqual({ from: new Date('2026-03-09T21:00:00Z'), to: new Date('2026-03-10T21:00:00Z') })
  expect(numbers).toEqual({ carts: 2, errors: 0, messages: 0, llm_calls: 0, tokens: 0, cost_rub: 0 })
  expect(fromEvents).toEqual({ carts: 2, errors: 0 })
})

test('events of erased users stay counted, those of synthetic users are left out, whatever their ids', async () => {
  const { add, erase, read, sql } = await setup()
  await sql(
    `insert into demo_history (seed, users, days, until, sandbox, counted) values (1, 1, 1, '2026-03-10', true, true)`,
  )
  await sql('insert into users (user_id, registered_at, cart_limit, synthetic) values (3, $1, 5, true)', [now()])
  for (const user of [9_000_000_123, 2, 3]) await add(user, 'cart_created', '2026-03-10T09:00:00Z')
  await read()
  await erase(2)

  const { numbers, fromEvents } = await read()
  const [total] = await sql('select carts from analytics.daily where date = $1', ['2026-03-10'])

  expect(total).toEqual({ carts: 3 })
  expect([numbers.carts, fromEvents.carts]).toEqual([2, 2])
})

test('an event deleted without its totals shows as a difference', async () => {
  const { add, read, sql } = await setup()
  await add(1, 'cart_created', '2026-03-10T09:00:00Z')
  await read()
  await sql('delete from user_events')

  const { numbers, fromEvents } = await read()

  expect([numbers.carts, fromEvents.carts]).toEqual([1, 0])
})

test('a day checked again replaces the earlier result', async () => {
  const { store, sql } = await setup()
  const row: ReconciledRow = {
    number: 'carts',
    postgres: 3,
    loki: 2,
    prometheus: null,
    difference: -1,
    cause: 'причина',
  }
  await store.save('2026-03-10', [row], new Date('2026-03-11T00:09:59Z'))
  const early = await store.isChecked('2026-03-10', '03:10')

  await store.save('2026-03-10', [{ ...row, loki: 3, difference: 0, cause: null }], new Date('2026-03-11T00:10:00Z'))

  expect([early, await store.isChecked('2026-03-10', '03:10')]).toEqual([false, true])
  expect(await store.latest()).toMatchObject({
    checkedAt: new Date('2026-03-11T00:10:00Z'),
    rows: [{ number: 'carts', postgres: 3, loki: 3, prometheus: null }],
  })
  expect(await sql('select number, cause from analytics.reconciliation')).toEqual([{ number: 'carts', cause: null }])
})

test('while one process runs the work another one does nothing, and may run it afterwards', async () => {
  const { store } = await setup()
  let inner: boolean | undefined

  const outer = await store.alone(async () => {
    inner = await store.alone(async () => expect.unreachable('two run concurrently'))
  })

  expect([outer, inner]).toEqual([true, false])
  expect(await store.alone(async () => undefined)).toBe(true)
})
