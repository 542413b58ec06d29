import { createDb, type Db } from '../db/db.ts'
import { createDbMetrics, createStandbyMetrics, type DbMetrics, type StandbyMetrics } from '../db/metrics.ts'
import { migrate } from '../db/migrate.ts'
import { openBotDatabase } from '../db/open-database.ts'
import { createReaders } from '../db/readers.ts'
import { createStandbyReads, type StandbyDeps, type StandbyReads } from '../db/standby.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { checkCountedZone, checkTimeZone } from './time-zone.ts'

export interface StorageDeps {
  settings: {
    dataDir: string
    timeZone: string
    db: {
      url: string | undefined
      standby: { url: string; maxLagMs: number } | undefined
      /** Roles for clients that only read, each with the setting its password comes from. */
      readers: readonly { role: string; password: string; setting: string }[]
    }
  }
  log: Log
  register: MetricRegistry
  now: () => Date
  teardown: Teardown
  stopping: AbortSignal
  /** Rejects as soon as `stopping` is aborted. */
  unlessStopped: <T>(step: Promise<T>) => Promise<T>
}

export interface Storage {
  db: Db
  /** Answers reports; undefined without DATABASE_READ_URL. */
  standby: StandbyReads | undefined
  url: string
  /** Whether it is the one below DATA_DIR. */
  embedded: boolean
}

/**
 * Opens the bot's database: the schema up to date, days counted in `timeZone`, roles of readers made. Throws StartupError.
 */
export async function openStorage(deps: StorageDeps): Promise<Storage> {
  const { settings, log, register, now, teardown, stopping, unlessStopped } = deps
  const { timeZone } = settings
  const { url, embedded, close } = await openBotDatabase(settings, stopping)
  teardown.add(close)
  await unlessStopped(migrate(url))
  await unlessStopped(checkTimeZone(url, timeZone, now()))
  await unlessStopped(checkCountedZone(url, timeZone))
  for (const { setting, problem } of await unlessStopped(createReaders(url, settings.db.readers)))
    log.warn('setting_warning', { setting, detail: problem })
  const metrics = createDbMetrics(register)
  const db = createDb({ url, register, metrics })
  teardown.add(() => db.close())
  const standby = openStandby({
    ...deps,
    standby: settings.db.standby,
    db,
    metrics: { db: metrics, standby: createStandbyMetrics(register) },
    onFallback: reason =>
      log.warn('setting_warning', { setting: 'DATABASE_READ_URL', detail: `the primary answers reports: ${reason}` }),
  })
  if (standby !== undefined) {
    teardown.add(() => standby.close())
    const timer = setInterval(() => void standby.measureLag(), lagEveryMs).unref()
    teardown.add(() => clearInterval(timer))
  }
  return { db, standby, url, embedded }
}

/** How often the bot looks how far the standby is behind, whether it is read or not. */
const lagEveryMs = 30_000

export interface StandbyOpening
  extends Pick<StorageDeps, 'register' | 'now'>,
    Pick<StandbyDeps, 'onFallback' | 'catchUpMs'> {
  standby: { url: string; maxLagMs: number } | undefined
  db: Db
  metrics: { db: DbMetrics; standby: StandbyMetrics }
  timeoutMs?: number
}

/** Opens no connection yet: a standby that is down is noticed when it is read. */
export function openStandby({
  standby,
  db,
  metrics,
  onFallback,
  catchUpMs,
  register,
  now,
  timeoutMs,
}: StandbyOpening): StandbyReads | undefined {
  if (standby === undefined) return undefined
  const { url, maxLagMs } = standby
  const pool = createDb({
    url,
    register,
    metrics: metrics.db,
    poolSize: 4,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  })
  const trueAt = 'analytics.true_at()'
  return createStandbyReads({
    ...{ primary: db, standby: pool, maxLagMs, catchUpMs, trueAt, onFallback, metrics: metrics.standby, now },
  })
}
