import type { Analytics } from '../../analytics/analytics.ts'
import { digestPeriod, readDigest } from '../../analytics/digest.ts'
import type { DigestStore } from '../../analytics/digest-store.ts'
import type { DayCaps } from '../../analytics/money.ts'
import { mondayOf } from '../../analytics/period.ts'
import type { Teardown } from '../../process/teardown.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Html } from '../html.ts'
import { digestBlock } from './digest-block.ts'

export interface DigestScheduleDeps {
  analytics: Analytics
  store: DigestStore
  dayCaps: DayCaps
  adminUserIds: readonly number[]
  /** Resolves to false when the message could not be delivered. */
  notify(userId: number, message: Html): Promise<boolean>
  log: Log
  now: () => Date
  timeZone: string
}

/** Hour of ANALYTICS_TZ from which it is sent on a Monday. */
const dueHour = 10
const everyMs = 60_000

/**
 * Sends the digest to every administrator on Mondays from 10:00 on, once whatever the number of bots and restarts; what a
 * bot that was down has missed goes out on the same day. One that could not be delivered is tried again.
 */
export function createDigestSchedule(deps: DigestScheduleDeps) {
  const { analytics, store, dayCaps, adminUserIds, notify, log, now, timeZone } = deps
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' })
  let failing = false

  const send = async () => {
    const today = analytics.today()
    if (mondayOf(today) !== today || Number(hour.format(now())) < dueHour) return
    // a bot without events of that week has nothing to report
    if ((await analytics.storedSince()) > digestPeriod(today).to) return
    for (const adminId of adminUserIds) {
      if (!(await store.claim(today, adminId, now()))) continue
      const message = digestBlock(await readDigest(analytics, dayCaps))
      if (await notify(adminId, message)) await store.sent(today, adminId, now())
    }
  }
  return {
    /** Sends what is due. Never rejects. */
    run: async (): Promise<void> => {
      try {
        await send()
        failing = false
      } catch (err) {
        // logged once per outage: while PostgreSQL is down every run fails alike
        if (!failing) log.warn('maintenance_failed', { task: 'digest', err })
        failing = true
      }
    },
  }
}

/** Runs the schedule immediately and once a minute, until the teardown. */
export function startDigest({ teardown, ...deps }: DigestScheduleDeps & { teardown: Teardown }): void {
  const { run } = createDigestSchedule(deps)
  let running: Promise<void> | undefined
  const tick = () => {
    running ??= run().finally(() => {
      running = undefined
    })
  }
  tick()
  const timer = setInterval(tick, everyMs)
  timer.unref()
  teardown.add(async () => {
    clearInterval(timer)
    await running
  })
}
