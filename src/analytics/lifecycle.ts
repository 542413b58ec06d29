import { createWriteStream } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { openClient } from '../db/session.ts'
import type { Log } from '../telemetry/log.ts'
import type { Analytics } from './analytics.ts'

export interface LifecycleDeps {
  url: string
  analytics: Pick<Analytics, 'refresh'>
  timeZone: string
  log: Log
  now: () => Date
  /** Where a month is written before it is dropped; without it the month is only dropped. */
  archiveDir?: string | undefined
}

/** Events are kept for this many months. */
export const keptMonths = 12

const ONE_AT_A_TIME = `select pg_advisory_xact_lock(hashtext('lifecycle'))`
const DUE_MONTH = 'select name from event_months_before($1) limit 1'
const LOCK_MONTH = (name: string) => `lock table ${pg.escapeIdentifier(name)} in share mode`
// csv with quotes and delimiters that JSON never holds: the line is the JSON as it is
const COPY_MONTH = (name: string) => `
copy (select row_to_json(e) from ${pg.escapeIdentifier(name)} e order by created_at, user_id, id)
to stdout with (format csv, quote e'\\x01', delimiter e'\\x02')`
const DROP_MONTH = 'select drop_event_month($1, $2) as dropped'
const FORGET_TEXTS = 'select forget_old_texts($1)'
const SWEEP = 'select sweep_totals()'

const everyMs = 24 * 3_600_000

/**
 * Lets go of events older than 12 months, a month's table at a time; the totals of those days stay. Checks at every start
 * and once a day, so that a bot which restarts daily does it too. With `archiveDir` a month leaves only after its file
 * `user_events_YYYY_MM.ndjson.gz` is safely on disk.
 */
export function createLifecycle({ url, analytics, timeZone, log, now, archiveDir }: LifecycleDeps) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> | undefined

  /** Lets go of the oldest month that is due. Null: none is, or something of it came meanwhile and is counted first. */
  const letGo = async (client: pg.Client, before: Date): Promise<string | null> => {
    await analytics.refresh()
    await client.query('begin')
    try {
      await client.query(ONE_AT_A_TIME)
      const { rows } = await client.query<{ name: string }>(DUE_MONTH, [before])
      const name = rows[0]?.name
      let dropped = false
      if (name !== undefined) {
        if (archiveDir !== undefined) await archive(client, name, resolve(archiveDir))
        const answer = await client.query<{ dropped: boolean }>(DROP_MONTH, [name, timeZone])
        dropped = answer.rows[0]?.dropped === true
      }
      await client.query('commit')
      return dropped ? (name ?? null) : null
    } catch (err) {
      await client.query('rollback').catch(() => undefined) // a broken connection has rolled back already
      throw err
    }
  }

  const check = async (): Promise<string[]> => {
    const before = new Date(now())
    before.setUTCMonth(before.getUTCMonth() - keptMonths)
    const client = await openClient(url, 'lifecycle')
    const dropped: string[] = []
    try {
      for (let name = await letGo(client, before); name !== null; name = await letGo(client, before)) {
        dropped.push(name)
        log.info('maintenance', { task: 'drop_partition', detail: name })
      }
      await client.query(FORGET_TEXTS, [timeZone])
      await client.query(SWEEP)
    } finally {
      await client.end()
    }
    return dropped
  }
  const runQuietly = () => {
    running = check().catch(err => log.error('maintenance_failed', { task: 'drop_partition', err }))
  }
  return {
    /** Drops what is due; returns the names of the tables dropped. Rejects when PostgreSQL is away. */
    run: check,
    start: (): void => {
      runQuietly()
      timer = setInterval(runQuietly, everyMs)
      timer.unref()
    },
    stop: async (): Promise<void> => {
      clearInterval(timer)
      await running
    },
  }
}

/** Writes a month to its file, which has its name only once all of it is on disk. */
async function archive(client: pg.Client, name: string, dir: string): Promise<void> {
  await mkdir(dir, { recursive: true })
  await client.query(LOCK_MONTH(name))
  const part = join(dir, `${name}.ndjson.gz.part`)
  await pipeline(client.query(copyTo(COPY_MONTH(name))), createGzip(), createWriteStream(part, { flush: true }))
  await rename(part, join(dir, `${name}.ndjson.gz`))
  const folder = await open(dir)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
