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
  /** Directory to archive a month to before it is dropped; without it the month is only dropped. */
  archiveDir?: string | undefined
}

/** Retention of events. */
const retentionMonths = 12

const ONE_AT_A_TIME = `select pg_advisory_xact_lock(hashtext('lifecycle'))`
const DUE_MONTH = 'select name from event_months_before($1) limit 1'
const LOCK_MONTH = (name: string) => `lock table ${pg.escapeIdentifier(name)} in share mode`
// CSV with a quote and a delimiter that never occur in JSON, so that each line is the plain JSON
const COPY_MONTH = (name: string) => `
copy (select row_to_json(e) from ${pg.escapeIdentifier(name)} e order by created_at, user_id, id)
to stdout with (format csv, quote e'\\x01', delimiter e'\\x02')`
const DROP_MONTH = 'select drop_event_month($1, $2) as dropped'
const DELETE_OLD_TEXTS = 'select delete_old_texts($1)'
const SWEEP = 'select sweep_totals()'

const everyMs = 24 * 3_600_000

/**
 * Drops events older than 12 months, one monthly partition at a time; the totals of those days stay. Checks at every start
 * and once a day, so that a bot which restarts daily does it too. With `archiveDir` a month is dropped only after its file
 * `user_events_YYYY_MM.ndjson.gz` is synced to disk.
 */
export function createLifecycle({ url, analytics, timeZone, log, now, archiveDir }: LifecycleDeps) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> | undefined

  /** Drops the oldest month that is due. Null if none is, or if new events of it have to be counted first. */
  const dropOldest = async (client: pg.Client, before: Date): Promise<string | null> => {
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
    before.setUTCMonth(before.getUTCMonth() - retentionMonths)
    const client = await openClient(url, 'lifecycle')
    const dropped: string[] = []
    try {
      for (let name = await dropOldest(client, before); name !== null; name = await dropOldest(client, before)) {
        dropped.push(name)
        log.info('maintenance', { task: 'drop_partition', detail: name })
      }
      await client.query(DELETE_OLD_TEXTS, [timeZone])
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
    /** Drops all months that are due; returns the names of their tables. Rejects when PostgreSQL is unavailable. */
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

/** Archives a month; the file gets its final name only after all of it was synced to disk. */
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
