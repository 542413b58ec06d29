import type pg from 'pg'
import { createAnalytics } from '../../src/analytics/analytics.ts'
import type { ExpectedReports } from '../../src/analytics/demo/expected-reports.ts'
import { writeHistory } from '../../src/analytics/demo/history.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'
import { connectGrafanaReader } from './grafana-reader.ts'

/** Last day of the history that `generatedMonth` writes. */
export const until = '2026-03-10'
const timeZone = 'Europe/Moscow'
const now = new Date('2026-03-11T09:00:00Z')

export interface GeneratedMonth {
  /** A connection as Grafana has it. */
  reader: pg.Client
  /** The month, as a time picker would have it. */
  range: { from: Date; to: Date }
  expected: ExpectedReports
  sql: TestDatabase['sql']
}

/** A database with 75 generated days and what is expected of its last month; dropped when the test ends. */
export async function generatedMonth(): Promise<GeneratedMonth> {
  const { url, db, sql } = await createTestDatabase(now)
  const { periods } = await writeHistory(
    url,
    { users: 180, days: 75, seed: 11, until, timeZone, cartLimit: 3, surveyBonus: 2 },
    now,
  )
  await createAnalytics({ db, timeZone, now: () => now }).refresh()
  const expected = periods.month
  if (expected === undefined) throw new TypeError('the generator has no such month')
  const range = { from: new Date(`${expected.summary.from}T00:00:00+03:00`), to: new Date(`${until}T23:59:59+03:00`) }
  return { reader: await connectGrafanaReader({ url, sql }), range, expected, sql }
}
