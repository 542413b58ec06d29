import { createAggregator } from '../src/analytics/aggregator.ts'
import { createAnalytics } from '../src/analytics/analytics.ts'
import { createDb } from '../src/db/db.ts'
import { createEventStore } from '../src/events/event-store.ts'
import { createRecorder } from '../src/events/recorder.ts'
import { createSpool } from '../src/events/spool.ts'
import { sleep } from '../src/process/sleep.ts'
import { silentLog } from '../src/telemetry/log.ts'
import { createRegistry } from '../src/telemetry/registry.ts'
import type { BenchContext, BenchDatabase } from './bench.ts'
import { readServerCost, usedBetween } from './server-cost.ts'

export const timeZone = 'Europe/Moscow'
const allowance = { cartLimit: 5, surveyBonus: 5, referralBonus: 3 }
const now = () => new Date()

const ADD_USERS =
  'insert into users (user_id, registered_at, cart_limit) select n, now(), 5 from generate_series(1, $1) n'

/** A database with registered users. Throws if its commits are not durable. */
export async function databaseWithUsers(context: BenchContext, users: number): Promise<BenchDatabase> {
  const database = await context.database()
  const [setting] = await database.sql<{ durable: boolean }>(
    `select current_setting('fsync') = 'on' and current_setting('synchronous_commit') = 'on' as durable`,
  )
  if (setting?.durable !== true) throw new Error('fsync and synchronous_commit must be on')
  await database.sql(ADD_USERS, [users])
  await database.sql('analyze users')
  return database
}

/** Recorder and analytics on that database, composed as in the bot. */
export async function openRecording(context: BenchContext, database: BenchDatabase) {
  const register = createRegistry({ serviceName: 'bench', env: 'bench' })
  const db = createDb({ url: database.url, register, timeoutMs: 60_000 })
  const store = createEventStore({ db, settings: { timeZone, ...allowance }, idHash: () => '00' })
  const spool = createSpool(await context.folder())
  const recorder = createRecorder({ store, spool, log: silentLog, register, sleep })
  const analytics = createAnalytics({ db, timeZone, now })
  context.onEnd(() => db.close())
  context.onEnd(() => recorder.stop())
  return {
    recorder,
    analytics,
    /**
     * Facts a second of `callers` over one interval of the aggregator, which counts what they recorded in the
     * interval before, the steady state of the bot. Throws when facts had to wait on disk.
     */
    countedPerSecond: async (callers: number, intervalMs: number, work: () => Promise<number>): Promise<number> => {
      const aggregator = createAggregator({
        ...{ analytics, log: silentLog, now, everyMs: intervalMs },
        register: createRegistry({ serviceName: 'bench', env: 'bench' }),
      })
      aggregator.start()
      await keepBusy(callers, intervalMs, work)
      const rate = await ratePerSecond(callers, intervalMs, work)
      await aggregator.stop()
      await analytics.refresh()
      if (spool.size() > 0) throw new Error('facts went to the disk instead of PostgreSQL')
      return rate
    },
  }
}

/** Keeps `callers` busy for a while; returns how much they got done a second. `work` resolves to how much it did. */
export async function ratePerSecond(callers: number, runMs: number, work: () => Promise<number>): Promise<number> {
  const begun = performance.now()
  const done = await keepBusy(callers, runMs, work)
  return (done / (performance.now() - begun)) * 1000
}

/** What PostgreSQL spends on each row of `work`, in microseconds of processor time of all its processes. */
export function createServerMeter(database: BenchDatabase) {
  const samples: number[] = []
  return {
    samples,
    /** Runs `work`, which resolves to rows a second, and keeps what they cost. */
    meter: async (work: () => Promise<number>): Promise<number> => {
      const before = await readServerCost(database)
      const begun = performance.now()
      const rate = await work()
      const rows = (rate * (performance.now() - begun)) / 1000
      samples.push(usedBetween(before, await readServerCost(database)).cpuUs / rows)
      return rate
    },
  }
}

async function keepBusy(callers: number, runMs: number, work: () => Promise<number>): Promise<number> {
  const until = performance.now() + runMs
  let done = 0
  const caller = async () => {
    while (performance.now() < until) {
      const more = await work()
      done += more
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return done
}
