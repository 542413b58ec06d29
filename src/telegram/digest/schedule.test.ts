import { expect, test } from 'vitest'
import { createTestDatabase } from '../../../test/support/database.ts'
import { createAnalytics } from '../../analytics/analytics.ts'
import { createDigestStore } from '../../analytics/digest-store.ts'
import { type Log, silentLog } from '../../telemetry/log.ts'
import { createDigestSchedule } from './schedule.ts'

const timeZone = 'Europe/Moscow'
/** 2026-02-09 is a Monday; 10:00 in Moscow is 07:00 UTC. */
const monday = (time: string) => new Date(`2026-02-09T${time}:00Z`)

async function setup({ since = '2026-01-20' } = {}) {
  let at = monday('06:59')
  let delivers = true
  const now = () => at
  const { db, sql } = await createTestDatabase(at)
  await sql(`insert into daily_stats (date, messages, searches) values ($1, 1, 1)`, [since])
  const analytics = createAnalytics({ db, timeZone, now })
  const got: number[] = []
  const logged: string[] = []
  const log: Log = { ...silentLog, warn: event => void logged.push(event) }
  const bot = (changed: Partial<Parameters<typeof createDigestSchedule>[0]> = {}) =>
    createDigestSchedule({
      analytics,
      store: createDigestStore(db),
      dayCaps: { softRub: undefined, hardRub: undefined },
      adminUserIds: [1, 2],
      notify: async userId => {
        if (delivers) got.push(userId)
        return delivers
      },
      log,
      now,
      timeZone,
      ...changed,
    })
  return {
    bot,
    got,
    logged,
    goTo: (date: Date) => {
      at = date
    },
    deliver: (does: boolean) => {
      delivers = does
    },
  }
}

test('it goes out on Monday at ten, once over replicas and restarts', async () => {
  const { bot, got, goTo } = await setup()
  await bot().run()
  expect(got).toEqual([])

  goTo(monday('07:00'))
  await Promise.all([bot().run(), bot().run(), bot().run()])
  await bot().run()
  goTo(monday('20:30'))
  await bot().run()

  expect(got.toSorted()).toEqual([1, 2])
})

test('what a bot missed while it was down goes out on the same day, not on the next', async () => {
  const { bot, got, goTo } = await setup()

  goTo(new Date('2026-02-09T21:00:00Z')) // Tuesday in Moscow
  await bot().run()
  expect(got).toEqual([])
  goTo(monday('20:59'))
  await bot().run()

  expect(got).toEqual([1, 2])
})

test('one that could not be delivered is tried again half an hour later', async () => {
  const { bot, got, goTo, deliver } = await setup()
  deliver(false)
  goTo(monday('08:00'))
  await bot().run()
  deliver(true)

  goTo(monday('08:20'))
  await bot().run()
  expect(got).toEqual([])
  goTo(monday('08:31'))
  await bot().run()

  expect(got).toEqual([1, 2])
})

test('a bot without events of the week has nothing to report', async () => {
  const { bot, got, goTo } = await setup({ since: '2026-02-09' })

  goTo(monday('08:00'))
  await bot().run()

  expect(got).toEqual([])
})

test('while PostgreSQL is down it is logged once, and goes out afterwards', async () => {
  const { bot, got, logged, goTo } = await setup()
  const claim = () => Promise.reject(new Error('unavailable'))
  const broken = bot({ store: { claim, sent: async () => undefined } })

  goTo(monday('08:00'))
  await broken.run()
  await broken.run()
  await bot().run()

  expect(logged).toEqual(['maintenance_failed'])
  expect(got).toEqual([1, 2])
})
