import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { createAnalytics } from './analytics.ts'
import { addDays, type Period } from './period.ts'

const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')
const firstDay = '2026-03-01'

/** What one batch adds for a user, and what happens after it. */
interface Step {
  user: number
  day: number
  version: 'a' | 'b'
  counts: number[]
  after: 'nothing' | 'count' | 'erase'
}

const ADD = `
insert into prompt_changes (user_id, day, prompt_version, sessions, messages, turns, carts, cost_rub)
values ($1, $2, $3, $4, $5, $6, $7, $8)`

/** The answer of analytics.experiment, user by user. */
const BY_USER = `
select prompt_version, min(first_day) as first_day, max(last_day) as last_day, count(*) as users, sum(s) as sessions, sum(m) as messages,
  sum(t) as turns, sum(c) as cost_rub, sum(k) as carts, 0 as rated, 0 as up, sum(s * s) as sessions_squared, sum(k * k) as carts_squared,
  sum(k * s) as carts_sessions, sum(c * c) as cost_squared, sum(c * k) as cost_carts, sum(m * m) as messages_squared,
  sum(t * t) as turns_squared, sum(t * m) as turns_messages
from (
  select prompt_version, user_id, min(day) as first_day, max(day) as last_day, sum(sessions) as s, sum(messages) as m, sum(turns) as t,
    sum(cost_rub) as c, sum(carts) as k
  from prompt_usage where day between $1 and $2 group by 1, 2
) u group by prompt_version order by count(*) desc, prompt_version`

const steps = fc.array(
  fc.record<Step>({
    user: fc.integer({ min: 1, max: 4 }),
    day: fc.integer({ min: 0, max: 9 }),
    version: fc.constantFrom('a', 'b'),
    counts: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 5 }),
    after: fc.constantFrom('nothing', 'nothing', 'nothing', 'count', 'count', 'erase'),
  }),
  { minLength: 1, maxLength: 40 },
)

async function setup() {
  const { db, sql } = await createTestDatabase(now)
  const analytics = createAnalytics({ db, timeZone, now: () => now })
  const erase = async (user: number) => {
    await sql('select erase_from_rollups($1, $2)', [user, timeZone])
    await sql('delete from prompt_usage where user_id = $1', [user])
    await sql('delete from prompt_changes where user_id = $1', [user])
  }
  const take = async ({ user, day, version, counts, after }: Step) => {
    const [sessions, messages, turns, carts, cost = 0] = counts
    await sql(ADD, [user, addDays(firstDay, day), version, sessions, messages, turns, carts, cost / 1e6 + cost])
    if (after === 'count') await analytics.refresh()
    if (after === 'erase') await erase(user)
  }
  const totals = async () => {
    const rows = await sql<{ row: string }>('select x::text as row from analytics.prompt_spans x')
    return rows.map(({ row }) => row.replaceAll(/\d+\.\d+/g, sum => String(Number(sum)))).sort()
  }
  const byUser = ({ from, to }: Period) => db.query('read_experiment', BY_USER, [from, to])
  return { sql, analytics, take, totals, byUser }
}

test('an experiment of any period is what its users did, in whatever order it arrives, until they are erased', async () => {
  const { sql, analytics, take, totals, byUser } = await setup()

  await fc.assert(
    fc.asyncProperty(steps, async taken => {
      await sql('truncate prompt_usage, prompt_changes, analytics.prompt_spans')

      for (const step of taken) await take(step)
      await analytics.refresh()

      for (const [from, to] of [
        [0, 9],
        [2, 6],
        [4, 4],
        [8, 9],
      ] as const) {
        const period = { from: addDays(firstDay, from), to: addDays(firstDay, to) }
        expect(await analytics.promptRows(period)).toEqual(await byUser(period))
      }
      await sql('select sweep_totals()')
      const counted = await totals()
      await sql('select rebuild_all($1)', [timeZone])
      expect(await totals()).toEqual(counted)
    }),
    { numRuns: 15, endOnFailure: true },
  )
})

test('what is counted after days were deleted changes no experiment of the days that are left', async () => {
  const { sql, analytics, take, byUser } = await setup()
  const did = (day: number, counts: number[]): Step => ({ user: 7, day, version: 'a', counts, after: 'count' })
  const period = { from: addDays(firstDay, 3), to: addDays(firstDay, 9) }

  for (const day of [1, 2, 3, 5]) await take(did(day, [1, 2, 3, 1, 1]))
  await sql('select delete_old_prompt_usage($1)', [period.from])
  await take(did(5, [1, 1, 1, 0, 2]))
  await take(did(4, [0, 1, 2, 2, 1]))

  expect(await analytics.promptRows(period)).toEqual(await byUser(period))
  await sql('select erase_from_rollups(7, $1)', [timeZone])
  expect(await analytics.promptRows(period)).toEqual([])
})

test('more changes than one run counts are counted by the next ones', async () => {
  const { sql, analytics } = await setup()
  await sql(`insert into prompt_changes (user_id, day, prompt_version, sessions, messages, turns, carts, cost_rub)
    select n, '2026-03-10', 'a', 1, 1, 1, 0, 0 from generate_series(1, 12000) n`)

  await analytics.refresh()

  expect(await analytics.promptRows({ from: firstDay, to: '2026-03-10' })).toMatchObject([{ users: 12_000 }])
  expect(await sql('select from prompt_changes')).toEqual([])
})
