import pg from 'pg'
import { openClient } from '../db/session.ts'
import { StartupError } from '../errors.ts'
import { addDays, createDayReader } from './period.ts'

/** Covers the retention of events, and the next changes of the clocks. */
const daysBack = 400
const daysAhead = 800

const DAYS = `
select d.day::text as day, day_start(d.day, $1) as from_at, day_end(d.day, $1) as to_at
from (select generate_series($2::date, $3::date, interval '1 day')::date as day) d`

/**
 * Throws StartupError if this process and PostgreSQL disagree about the days of a time zone: abbreviations (`CET` is a
 * fixed offset in PostgreSQL), offsets (`+03:00` lies west of Greenwich there, as in POSIX), names that only one of them
 * knows, time zone data of different age.
 */
export async function checkTimeZone(url: string, timeZone: string, now: Date): Promise<void> {
  const dayOf = createDayReader(timeZone)
  const today = dayOf(now)
  const client = await openClient(url, 'time zone')
  try {
    const { rows } = await client.query<{ day: string; from_at: Date; to_at: Date }>(DAYS, [
      timeZone,
      addDays(today, -daysBack),
      addDays(today, daysAhead),
    ])
    const different = rows
      .filter(({ from_at, to_at }) => from_at < to_at) // a day that the time zone skipped is empty
      .find(({ day, from_at, to_at }) => dayOf(from_at) !== day || dayOf(new Date(to_at.getTime() - 1)) !== day)
    if (different !== undefined)
      throw new StartupError(
        `ANALYTICS_TZ: PostgreSQL and this process disagree about the days of this time zone (${different.day}, for one); set a name of the form Area/City, such as Europe/Moscow, or update the one with older time zone data`,
      )
  } catch (cause) {
    if (cause instanceof pg.DatabaseError && cause.code === '22023')
      throw new StartupError(
        'ANALYTICS_TZ: PostgreSQL does not know this time zone; set a name of the form Area/City, such as Europe/Moscow',
        { cause },
      )
    throw cause
  } finally {
    await client.end()
  }
}

/**
 * Throws StartupError if the stored totals count the days of another time zone: they would be off by hours, and erased users
 * could not be subtracted. The message says how to rebuild them.
 */
export async function checkCountedZone(url: string, timeZone: string): Promise<void> {
  const client = await openClient(url, 'time zone')
  try {
    const { rows } = await client.query<{ time_zone: string }>('select time_zone from rollup_state')
    const counted = rows[0]?.time_zone ?? timeZone
    if (counted !== timeZone)
      throw new StartupError(
        `ANALYTICS_TZ is ${timeZone}, but the stored totals are counted in days of ${counted}: stop the bot and run \`npm run rebuild-totals\`, or set ANALYTICS_TZ back`,
      )
  } finally {
    await client.end()
  }
}
