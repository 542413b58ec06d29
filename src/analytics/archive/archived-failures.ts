import { access } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { Db } from '../../db/db.ts'
import { type EventErrorType, eventErrorTypes, StartupError } from '../../errors.ts'
import type { ErrorCode, ErrorNumbers } from '../numbers.ts'
import type { Period } from '../period.ts'
import { archiveFileName } from './archive-file.ts'
import { type DuckDb, fileLiteral, openDuckDb } from './duck-db.ts'

/** What the totals do not have of failures: when they were, and the codes that users were shown. */
export interface ArchivedFailures {
  times: { error_type: EventErrorType; upstream: string; first_at: Date; last_at: Date }[]
  last: ErrorCode[]
}

export interface FailureArchive {
  /** Of the part of a period that was dropped from the database; null where no month of it is archived. */
  read(period: Period, limit: number): Promise<ArchivedFailures | null>
}

/** The archived months of a period that are no longer in the table, and what is left out of their files. */
const MONTHS = `
with horizon as (select oldest_retained, analytics.day_start($1) as since, analytics.day_start($2::date + 1) as until from event_horizon)
select to_char(a.month, 'YYYY-MM-DD') as month, h.since, least(h.until, h.oldest_retained) as until,
  array(select pseudonym from archive_erasures) as erased, exists (select from uncounted_users) as "withoutSynthetic"
from event_archive a cross join horizon h
where (a.month::timestamp at time zone 'UTC') < least(h.until, h.oldest_retained)
  and ((a.month + interval '1 month') at time zone 'UTC') > h.since
order by a.month`

interface Month {
  month: string
  since: Date
  until: Date
  erased: string[]
  withoutSynthetic: boolean
}

const Time = z.coerce.number().transform(ms => new Date(ms))
const Kind = { error_type: z.enum(eventErrorTypes), upstream: z.string() }
const Times = z.array(z.object({ ...Kind, first_at: Time, last_at: Time }))
const Codes = z.array(z.object({ time: Time, ...Kind, request_id: z.string().nullable() }))

/** Reads failures from the files in `dir`. Throws StartupError when DuckDB or a file is missing. */
export const createFailureArchive = (db: Db, dir: string): FailureArchive => ({
  read: async ({ from, to }, limit) => {
    const months = await db.query<Month>('read_errors', MONTHS, [from, to])
    const [first] = months
    if (first === undefined) return null
    const files = months.map(({ month }) => join(resolve(dir), archiveFileName(month)))
    for (const file of files)
      await access(file).catch(cause => {
        throw new StartupError(
          `${file} is missing: the period reaches into a month that was archived and dropped. Set ARCHIVE_DIR to the folder it was written to`,
          { cause },
        )
      })
    const duckDb = await openDuckDb(resolve(dir))
    try {
      return await readFiles(duckDb, files, first, limit)
    } finally {
      duckDb.close()
    }
  },
})

async function readFiles(
  duckDb: DuckDb,
  files: readonly string[],
  month: Month,
  limit: number,
): Promise<ArchivedFailures> {
  const { since, until, erased, withoutSynthetic } = month
  const failures = `
    select id, created_at, request_id, metadata ->> 'error_type' as error_type, metadata ->> 'upstream' as upstream
    from read_parquet([${files.map(fileLiteral).join(', ')}])
    where event_type = 'bot_error' and created_at >= '${since.toISOString()}' and created_at < '${until.toISOString()}'
      ${erased.length === 0 ? '' : `and (pseudonym is null or pseudonym not in (${erased.map(p => `'${p}'`).join(', ')}))`}
      ${withoutSynthetic ? 'and not synthetic' : ''}`
  const times = await duckDb.query(`
    select error_type, upstream, epoch_ms(min(created_at)) as first_at, epoch_ms(max(created_at)) as last_at
    from (${failures}) group by error_type, upstream`)
  const last = await duckDb.query(`
    select epoch_ms(created_at) as time, error_type, upstream, request_id
    from (${failures}) order by created_at desc, id limit ${limit}`)
  return { times: Times.parse(times), last: Codes.parse(last) }
}

/** Failures of the database and of the archive, whose are the earlier ones, as one answer. */
export function withArchived(numbers: ErrorNumbers, archived: ArchivedFailures | null, limit: number): ErrorNumbers {
  if (archived === null) return numbers
  const kinds = numbers.kinds.map(kind => {
    const of = archived.times.find(row => row.error_type === kind.error_type && row.upstream === kind.upstream)
    if (of === undefined) return kind
    return { ...kind, first_at: of.first_at, last_at: kind.last_at ?? of.last_at }
  })
  return { ...numbers, kinds, last: [...numbers.last, ...archived.last].slice(0, limit) }
}
