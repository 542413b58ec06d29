import type { Log } from '../../log.ts'
import type { AlertChannel, Notice } from '../channels/alert-channel.ts'
import type { AlertChat, NoticeTexts } from './alert-chat.ts'
import { newId } from './desk.ts'
import type { DeskStore } from './desk-store.ts'
import { testWeek } from './weekly.ts'

export interface WeeklyTestDeps {
  store: DeskStore
  chat: AlertChat
  channels: readonly AlertChannel[]
  texts: NoticeTexts
  admins: readonly number[]
  timeZone: string
  now: () => Date
  log: Log
  /** Resolves to whether the channel took the notice. */
  send: (notice: Notice) => (channel: AlertChannel) => Promise<boolean>
}

/** Whether a week of tests has begun since the last test; at the first start the date alone is to be stored. */
export const isTestDue = (testedAt: Date | null, now: Date, timeZone: string): boolean =>
  testedAt === null || testWeek(testedAt, timeZone) < testWeek(now, timeZone)

/**
 * Once a week sends a test by every channel and to every administrator; those that failed are named by the
 * others. The first test comes on the Monday after the first start.
 */
export async function runWeeklyTest(deps: WeeklyTestDeps): Promise<void> {
  const { store, chat, channels, texts, admins, timeZone, now, log, send } = deps
  let isNow = false
  await store.update(latest => {
    const isDue = isTestDue(latest.testedAt, now(), timeZone)
    isNow = isDue && latest.testedAt !== null
    // stored first: a test that ends the process must not come again with each start
    return isDue ? { ...latest, testedAt: now() } : latest
  })
  if (!isNow) return
  const id = newId()
  const test = texts.test(id, [])
  const ways = [
    ...admins.map((admin, i) => ({
      name: `telegram ${i + 1}`,
      send: async (notice: Notice) => (await chat.sendTest(admin, notice)).outcome === 'sent',
    })),
    ...channels.map(channel => ({ name: channel.name, send: (notice: Notice) => send(notice)(channel) })),
  ]
  const results = []
  for (const way of ways) results.push({ way, arrived: await way.send(test) })
  const failed = results.filter(({ arrived }) => !arrived).map(({ way }) => way.name)
  log.info('maintenance', { task: 'test of alerts', count: failed.length })
  if (failed.length === 0) return
  log.error('maintenance_failed', { task: 'test of alerts' })
  const report = texts.test(id, failed)
  for (const { way, arrived } of results) if (arrived) await way.send(report)
}
