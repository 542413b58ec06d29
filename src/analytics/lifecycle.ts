import type pg from 'pg'
import { openClient } from '../db/session.ts'
import { StartupError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import type { Analytics } from './analytics.ts'
import { type Archive, type ArchivedMonth, archivedAfterMonths, openArchive } from './archive/archive.ts'
import { experimentDays } from './experiment.ts'

export interface LifecycleDeps {
  url: string
  analytics: Pick<Analytics, 'refresh'>
  timeZone: string
  log: Log
  now: () => Date
  archive?: { dir: string; drop: boolean } | undefined
}

/** What a run did. */
export interface LifecycleReport {
  archived: ArchivedMonth[]
  /** Names of tables. */
  dropped: string[]
}

interface DueMonth {
  name: string
  month: string
  from: Date
  to: Date
}

/** Retention of events. */
const retentionMonths = 12

const ONE_AT_A_TIME = `select pg_advisory_xact_lock(hashtext('lifecycle'))`
const DUE_MONTH = `
select name, to_char(month_start at time zone 'UTC', 'YYYY-MM-DD') as month, month_start as "from", month_end as "to"
from event_months_before($1) limit 1`
const KEEP_STEPS = 'select keep_steps($1, $2, $3) as events'
const DROP_MONTH = 'select drop_event_month($1, $2) as dropped'
const DELETE_OLD_TEXTS = 'select delete_old_texts($1, $2)'
const DELETE_OLD_PROMPT_USAGE = 'select delete_old_prompt_usage(local_day($1, $2) - $3::integer + 1)'
const SWEEP = 'select sweep_totals()'

const everyMs = 24 * 3_600_000

/**
 * Drops events older than 12 months, one monthly partition at a time; the totals of those days stay. Checks at every start
 * and once a day, so that a bot which restarts daily does it too. Deletes what no experiment is compared over any more. With `archive` the months older than 3 are written to
 * files in `dir` first, none is dropped that its file does not hold, and with `drop` those that are held are dropped too.
 */
export function createLifecycle({ url, analytics, timeZone, log, now, archive: archiving }: LifecycleDeps) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<unknown> | undefined

  /** Drops the oldest month that is due. Null if none is, or if new events of it have to be counted first. */
  const dropOldest = async (client: pg.Client, archive: Archive | null, before: Date): Promise<string | null> => {
    await analytics.refresh()
    const readDue = async () => (await client.query<DueMonth>(DUE_MONTH, [before])).rows[0]
    const due = await readDue()
    if (due === undefined) return null
    const held = archive === null ? null : await archive.held(due)
    await client.query('begin')
    try {
      await client.query(ONE_AT_A_TIME)
      if ((await readDue())?.name !== due.name) return null // another process drops
      const kept = await client.query<{ events: string }>(KEEP_STEPS, [due.from, due.to, timeZone])
      if (archive !== null && held !== Number(kept.rows[0]?.events))
        throw new StartupError(`${due.name} changed while it was archived: it was not dropped, run the command again`)
      const answer = await client.query<{ dropped: boolean }>(DROP_MONTH, [due.name, timeZone])
      await client.query('commit')
      return answer.rows[0]?.dropped === true ? due.name : null
    } finally {
      await client.query('rollback').catch(() => undefined) // after a commit nothing; a broken connection has rolled back
    }
  }

  const run = async (): Promise<LifecycleReport> => {
    const expired = monthsBefore(now(), retentionMonths)
    const archivable = monthsBefore(now(), archivedAfterMonths)
    const client = await openClient(url, 'lifecycle')
    let archive: Archive | null = null
    try {
      if (archiving !== undefined) archive = await openArchive(client, archiving.dir)
      const archived = archive === null ? [] : await archive.write(archivable)
      const before = archiving?.drop === true ? archivable : expired
      const dropped: string[] = []
      const next = () => dropOldest(client, archive, before)
      for (let name = await next(); name !== null; name = await next()) {
        dropped.push(name)
        log.info('maintenance', { task: 'drop_partition', detail: name })
      }
      await client.query(DELETE_OLD_TEXTS, [timeZone, expired])
      await client.query(DELETE_OLD_PROMPT_USAGE, [now(), timeZone, experimentDays])
      await client.query(SWEEP)
      return { archived, dropped }
    } finally {
      archive?.close()
      await client.end()
    }
  }
  const runQuietly = () => {
    running = run().catch(err => log.error('maintenance_failed', { task: 'drop_partition', err }))
  }
  return {
    /** Rejects when PostgreSQL is unavailable, or a file of the archive cannot be written or is not what it should be. */
    run,
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

function monthsBefore(at: Date, months: number): Date {
  const before = new Date(at)
  before.setUTCMonth(before.getUTCMonth() - months)
  return before
}
