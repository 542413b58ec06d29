import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'

/** A month of events, in UTC. */
export interface EventMonth {
  /** Its first day, `2026-01-01`. */
  month: string
  from: Date
  to: Date
}

const MONTHS_BEFORE = `
select to_char(month_start at time zone 'UTC', 'YYYY-MM-DD') as month, month_start as "from", month_end as "to"
from event_months_before($1)`
// LOCK before any SELECT, so that the snapshot is of when the lock was given; it keeps out other runs and no writer
const BEGIN = 'begin isolation level repeatable read; lock table event_archive in share update exclusive mode'
/*
  Before the snapshot that is archived, and with the users' rows locked: an erasure in flight comes first, or finds the pseudonym.
*/
const GIVE_PSEUDONYMS = `
insert into archive_pseudonyms (user_id)
select u.user_id from users u
where exists (select 1 from user_events e where e.user_id = u.user_id and e.created_at >= $1 and e.created_at < $2)
  and not exists (select 1 from archive_pseudonyms a where a.user_id = u.user_id)
for key share of u
on conflict do nothing`
const CONTENTS = 'select archive_contents($1, $2) as contents'
const COPY = ({ from, to }: EventMonth) => `
copy (select * from archived_events(${pg.escapeLiteral(from.toISOString())}, ${pg.escapeLiteral(to.toISOString())}))
to stdout with (format csv)`
const RECORD = `
insert into event_archive (month, contents) values ($1, $2)
on conflict (month) do update set contents = excluded.contents, written_at = now()
where event_archive.contents <> excluded.contents`
const DROPPED = `
select to_char(month, 'YYYY-MM-DD') as month, contents from event_archive
where (month::timestamp at time zone 'UTC') < (select oldest_retained from event_horizon) order by month`
const ERASED = 'select pseudonym from archive_erasures order by pseudonym'
const FORGET_ERASED = 'delete from archive_erasures where pseudonym = any ($1)'

/** What PostgreSQL knows of the archive. Every method throws what `pg` does. */
export const createArchiveStore = (client: pg.Client) => ({
  /** The months in the table that lie wholly before a time, oldest first. */
  monthsBefore: async (before: Date): Promise<EventMonth[]> =>
    (await client.query<EventMonth>(MONTHS_BEFORE, [before])).rows,

  givePseudonyms: async ({ from, to }: EventMonth): Promise<void> => {
    await client.query(GIVE_PSEUDONYMS, [from, to])
  },

  /** Runs `work` with one view of all tables, while no other run works on the archive. */
  withSnapshot: async <T>(work: () => Promise<T>): Promise<T> => {
    await client.query(BEGIN)
    try {
      const result = await work()
      await client.query('commit')
      return result
    } catch (err) {
      await client.query('rollback').catch(() => undefined) // a broken connection has rolled back already
      throw err
    }
  },

  /** Number and checksum of the events of a month, as its file should hold them. */
  contents: async ({ from, to }: EventMonth): Promise<string> => {
    const { rows } = await client.query<{ contents: string }>(CONTENTS, [from, to])
    return rows[0]?.contents ?? ''
  },

  copyToCsv: async (month: EventMonth, file: string): Promise<void> => {
    await pipeline(client.query(copyTo(COPY(month))), createWriteStream(file, { mode: 0o600 }))
  },

  /** Notes what the file of a month holds: the one or the other. */
  record: async (month: string, contents: readonly string[]): Promise<void> => {
    await client.query(RECORD, [month, contents])
  },

  /** The archived months that are no longer in the table. */
  dropped: async (): Promise<{ month: string; contents: string[] }[]> =>
    (await client.query<{ month: string; contents: string[] }>(DROPPED)).rows,

  erased: async (): Promise<string[]> =>
    (await client.query<{ pseudonym: string }>(ERASED)).rows.map(row => row.pseudonym),
  forgetErased: async (pseudonyms: readonly string[]): Promise<void> => {
    await client.query(FORGET_ERASED, [pseudonyms])
  },
})

export type ArchiveStore = ReturnType<typeof createArchiveStore>
