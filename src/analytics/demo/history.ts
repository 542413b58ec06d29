import { openClient } from '../../db/session.ts'
import { addDays, localDay, type Period, parsePeriod } from '../period.ts'
import { createCalendar } from './calendar.ts'
import type { HistorySettings } from './history-settings.ts'
import { loadHistory } from './load-history.ts'
import { createTruth, type Truth } from './truth.ts'

export interface HistoryRequest extends HistorySettings {
  days: number
  /** Last day of the history. */
  until: string
  timeZone: string
  /** The database of a sandbox: whoever else is in it is a demonstration too. False when left out. */
  sandbox?: boolean
}

/** What the commands must answer on a database that holds this history alone. */
export interface TruthFile {
  seed: number
  users: number
  days: number
  until: string
  time_zone: string
  /** Rows of `user_events`. */
  events: number
  /** Whether the numbers include this history: not beside real users. */
  counted: boolean
  periods: Record<string, Truth>
}

/**
 * Writes a synthetic history into the database at `url` in the place of the one that is there, and returns what the
 * reports must say about it. Everything else in the database stays.
 */
export async function writeHistory(url: string, request: HistoryRequest, now: Date): Promise<TruthFile> {
  const { users, days, seed, until, timeZone, cartLimit, surveyBonus, sandbox = false } = request
  const calendar = createCalendar({ from: addDays(until, 1 - days), to: until }, timeZone)
  const today = localDay(now, timeZone)
  const truths = [...truthPeriods(days, until)].map(
    ([name, period]) => [name, createTruth(calendar, period, today)] as const,
  )
  let events = 0
  let counted = false
  const client = await openClient(url, 'generate')
  try {
    counted = await loadHistory(client, {
      ...{ users, seed, cartLimit, surveyBonus, calendar, sandbox },
      onLife: life => {
        events += life.events.length
        for (const [, truth] of truths) truth.add(life)
      },
    })
  } finally {
    await client.end()
  }
  return {
    ...{ seed, users, days, until, time_zone: timeZone, events, counted },
    periods: Object.fromEntries(truths.map(([name, truth]) => [name, truth.result()])),
  }
}

/** The periods an operator asks for most, and the whole history. */
const truthPeriods = (days: number, until: string): Map<string, Period> =>
  new Map(['today', 'week', 'month', '84d', '90d', `${days}d`].map(name => [name, parsePeriod(name, until)]))

export interface DemoDeps {
  url: string
  timeZone: string
  allowance: { cartLimit: number; surveyBonus: number }
  now: Date
}

/**
 * Gives a sandbox something to look at: three months of three hundred people up to yesterday, unless they are there
 * already. One that ended earlier is replaced. Returns whether it was written.
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
