import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createEventStore } from '../events/event-store.ts'
import type { Fact } from '../events/facts.ts'
import { createAnalytics } from './analytics.ts'
import { readChurn } from './churn-report.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')
const period = { from: '2026-03-05', to: '2026-03-11' }

async function setup() {
  const { db, sql } = await createTestDatabase(now)
  const store = createEventStore({
    db,
    settings: { timeZone, cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
    idHash: id => id.toString(16).padStart(64, '0'),
  })
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  let ids = 0
  const uuid = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`
  const base = (userId: number, time: string) => ({
    ...{ id: uuid(), userId, at: new Date(`2026-03-${time}Z`), requestId: null },
  })
  const start = (userId: number, time: string): Fact => ({
    ...base(userId, time),
    ...{ kind: 'start', source: 'habr', inviter: null },
  })
  const message = (userId: number, time: string): Fact => ({ ...base(userId, time), kind: 'message' })
  const search = (userId: number, time: string): Fact => ({
    ...base(userId, time),
    kind: 'event',
    eventType: 'product_search',
    metadata: { query: 'чай', results_count: 1, had_results: true },
  })
  const block = (userId: number, time: string, blocked = true): Fact => ({
    ...base(userId, time),
    ...{ kind: 'bot_block', blocked },
  })
  const erase = (userId: number): Fact => ({ ...base(userId, '11T08:00:00'), kind: 'erase' })
  const apply = (...facts: Fact[]) => store.apply({ id: uuid(), facts })
  /** «day step blocks/unblocks» of each row. */
  const churn = async () =>
    (await analytics.churn(period)).map(
      ({ day, source, step, blocks, unblocks }) => `${day} ${source} ${step} ${blocks}/${unblocks}`,
    )
  const blockedAt = async (userId: number) =>
    (await sql<{ at: Date | null }>('select bot_blocked_at as at from users where user_id = $1', [userId]))[0]?.at ??
    null
  return { sql, analytics, start, message, search, block, erase, apply, churn, blockedAt }
}

test('a block counts once, on its day, with the source and the furthest step; a repeat and a further refusal change nothing', async () => {
  const { start, message, search, block, apply, churn, blockedAt } = await setup()
  const blocked = block(7, '09T10:00:00')
  await apply(start(7, '09T09:00:00'), message(7, '09T09:01:00'), search(7, '09T09:02:00'), start(8, '09T09:00:00'))

  await apply(blocked, block(8, '09T21:30:00')) // after midnight in Moscow
  await apply(blocked)
  await apply(block(7, '10T10:00:00'))

  expect(await churn()).toEqual(['2026-03-09 habr search 1/0', '2026-03-10 habr start 1/0'])
  expect(await blockedAt(7)).toEqual(new Date('2026-03-09T10:00:00Z'))
})

test.each([
  ['a message', 'message'],
  ['a /start', 'start'],
] as const)('who writes again, %s, has let the bot in', async (_, kind) => {
  const facts = await setup()
  await facts.apply(facts.start(7, '09T09:00:00'), facts.block(7, '09T10:00:00'))

  await facts.apply(facts[kind](7, '10T10:00:00'))

  expect(await facts.blockedAt(7)).toBeNull()
  expect((await facts.churn())[1]).toMatch(/^2026-03-10 habr (?:start|message) 0\/1$/)
})

test('the state is that of the latest time, and only changes of it count, in whatever order they arrive', async () => {
  const { start, message, block, apply, churn, blockedAt } = await setup()
  await apply(start(7, '06T09:00:00'))

  await apply(block(7, '10T10:00:00'))
  await apply(block(7, '09T10:00:00')) // the first one, arrived late
  const late = [await churn(), await blockedAt(7)]
  await apply(block(7, '09T20:00:00', false)) // between both
  await apply(message(7, '09T19:00:00')) // written on the phone before

  expect(late).toEqual([['2026-03-09 habr start 1/0'], new Date('2026-03-10T10:00:00Z')])
  expect(await churn()).toEqual([
    '2026-03-09 habr start 1/0',
    '2026-03-09 habr message 0/1',
    '2026-03-10 habr message 1/0',
  ])
  expect(await blockedAt(7)).toEqual(new Date('2026-03-10T10:00:00Z'))
})

test('an event that arrives late moves the step of the block', async () => {
  const { sql, start, search, block, apply, churn } = await setup()
  await apply(start(7, '09T09:00:00'), block(7, '10T10:00:00'))
  const before = await churn()

  await apply(search(7, '09T09:30:00'))
  const after = await churn()
  await sql('select rebuild_all($1)', [timeZone])

  expect(before).toEqual(['2026-03-10 habr start 1/0'])
  expect(after).toEqual(['2026-03-10 habr search 1/0'])
  expect(await churn()).toEqual(after)
})

test('an erased user stays in the totals, is in no table, and is not stored again by a block', async () => {
  const { sql, start, block, erase, apply, churn } = await setup()
  await apply(start(7, '09T09:00:00'), block(7, '10T10:00:00'))

  await apply(erase(7))
  await apply(block(7, '11T08:30:00', false), block(9, '11T08:30:00'))

  expect(await churn()).toEqual(['2026-03-10 habr start 1/0'])
  for (const table of ['users', 'bot_blocks', 'user_firsts'])
    expect(await sql(`select from ${table} where user_id in (7, 9)`), table).toEqual([])
  expect(await sql(`select from dirty_days where users && '{7, 9}'`)).toEqual([])
})

test('the report adds up by source, step and day, beside the period before', async () => {
  const { analytics, start, block, apply } = await setup()
  await apply(start(7, '02T09:00:00'), block(7, '03T10:00:00'), start(8, '06T09:00:00'), start(9, '06T09:00:00'))
  await apply(block(8, '06T10:00:00'), block(8, '08T10:00:00', false), block(9, '06T11:00:00'))

  const report = await readChurn(analytics, period)

  expect(report).toMatchObject({ blocks: 2, unblocks: 1, previous: { blocks: 1, unblocks: 0 } })
  expect(report.by_source).toEqual([{ source: 'habr', users: 2, blocks: 2, unblocks: 1 }])
  expect(report.by_step).toEqual([{ step: 'start', blocks: 2, unblocks: 1 }])
  expect(report.by_day).toEqual([
    { day: '2026-03-06', blocks: 2, unblocks: 0 },
    { day: '2026-03-08', blocks: 0, unblocks: 1 },
  ])
})
