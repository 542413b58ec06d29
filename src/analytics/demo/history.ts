import { openClient } from '../../db/session.ts'
import { addDays, localDay, type Period, parsePeriod } from '../period.ts'
import { createCalendar } from './calendar.ts'
import { createExpectedReports, type ExpectedReports } from './expected-reports.ts'
import type { HistorySettings } from './history-settings.ts'
import { loadHistory } from './load-history.ts'

export interface HistoryRequest extends HistorySettings {
  days: number
  /** Last day of the history. */
  until: string
  timeZone: string
  /** True for the database of a sandbox, whose other users are part of the demonstration. False by default. */
  sandbox?: boolean
}

/** Expected answers of the commands, on a database that contains only this history. */
export interface ExpectedFile {
  seed: number
  users: number
  days: number
  until: string
  time_zone: string
  /** Rows of `user_events`. */
  events: number
  /** True if the numbers include this history: false in a database with real users. */
  counted: boolean
  periods: Record<string, ExpectedReports>
}

/**
 * Writes a synthetic history into the database at `url`, replacing an earlier one, and returns the expected values of the
 * reports. Other data in the database is left unchanged.
 */
export async function writeHistory(url: string, request: HistoryRequest, now: Date): Promise<ExpectedFile> {
  const { users, days, seed, until, timeZone, cartLimit, surveyBonus, sandbox = false } = request
  const calendar = createCalendar({ from: addDays(until, 1 - days), to: until }, timeZone)
  const today = localDay(now, timeZone)
  const expected = [...expectedPeriods(days, until)].map(
    ([name, period]) => [name, createExpectedReports(calendar, period, today)] as const,
  )
  let events = 0
  let counted = false
  const client = await openClient(url, 'generate')
  try {
    counted = await loadHistory(client, {
      users,
      seed,
      cartLimit,
      surveyBonus,
      calendar,
      sandbox,
      onLife: life => {
        events += life.events.length
        for (const [, numbers] of expected) numbers.add(life)
      },
    })
  } finally {
    await client.end()
  }
  return {
    seed,
    users,
    days,
    until,
    time_zone: timeZone,
    events,
    counted,
    periods: Object.fromEntries(expected.map(([name, numbers]) => [name, numbers.result()])),
  }
}

/** The most usual periods of reports, and the whole history. */
const expectedPeriods = (days: number, until: string): Map<string, Period> =>
  new Map(['today', 'week', 'month', '84d', '90d', `${days}d`].map(name => [name, parsePeriod(name, until)]))

export interface DemoDeps {
  url: string
  timeZone: string
  allowance: { cartLimit: number; surveyBonus: number }
  now: Date
}

/**
 * Fills a sandbox with a history of 300 users over the 90 days up to yesterday, unless it has one; a history that ended
 * earlier is replaced. Returns true if it was written.
 */
export async function ensureDemoHistory({ url, timeZone, allowance, now }: DemoDeps): Promise<boolean> {
  const until = addDays(localDay(now, timeZone), -1)
  const client = await openClient(url, 'demo')
  try {
    const { rows } = await client.query('select from demo_history where until >= $1', [until])
    if (rows.length > 0) return false
  } finally {
    await client.end()
  }
  await writeHistory(url, { users: 300, days: 90, seed: 1, until, timeZone, sandbox: true, ...allowance }, now)
  return true
}
