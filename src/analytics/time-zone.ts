import pg from 'pg'
import { openClient } from '../db/session.ts'
import { StartupError } from '../errors.ts'
import { addDays, createDayReader } from './period.ts'

/** From the oldest events that are kept to well after the next change of the clocks. */
const daysBack = 400
const daysAhead = 800

const DAYS = `
select d.day::text as day, day_start(d.day, $1) as from_at, day_end(d.day, $1) as to_at
from (select generate_series($2::date, $3::date, interval '1 day')::date as day) d`

/**
 * Refuses a time zone whose days this process and PostgreSQL would not tell alike: abbreviations (`CET` is a fixed offset
 * to PostgreSQL), offsets (`+03:00` lies west of Greenwich there, as in POSIX), names that only one of them knows, rules
 * that only one of them has heard of. Throws StartupError.
 */
export async function checkTimeZone(url: string, timeZone: string, now: Date): Promise<void> {
  const dayOf = createDayReader(timeZone)
  const today = dayOf(now)
  const client = await openClient(url, 'time zone')
  try {
    const { rows } = await client.query<{ day: string; from_at: Date; to_at: Date }>(DAYS, [
      ...[timeZone, addDays(today, -daysBack), addDays(today, daysAhead)],
    ])
    const different = rows
      .filter(({ from_at, to_at }) => from_at < to_at) // an empty one never comes
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
 * Refuses a time zone other than the one whose days the stored totals count: they would be off by hours, and erasures could
 * not be taken out of them. Throws StartupError that says how to count anew.
 */
export async function checkCountedZone(url: string, timeZone: string): Promise<void> {
  const client = await openClient(url, 'time zone')
  try {
    const { rows } = await client.query<{ time_zone: string }>('select time_zone from rollup_state')
    const counted = rows[0]?.time_zone ?? timeZone
    if (counted !== timeZone)
      throw new StartupError(
        `ANALYTICS_TZ is ${timeZone}, but the stored totals are counted in days of ${counted}: count them anew with \`npm run rebuild-totals\` (no bot may run meanwhile), or set ANALYTICS_TZ back`,
      )
  } finally {
    await client.end()
  }
}
