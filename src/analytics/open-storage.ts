import { createDb, type Db } from '../db/db.ts'
import { migrate } from '../db/migrate.ts'
import { openBotDatabase } from '../db/open-database.ts'
import { createReaders } from '../db/readers.ts'
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
  const db = createDb({ url, register })
  teardown.add(() => db.close())
  return { db, url, embedded }
}
