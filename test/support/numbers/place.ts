import { expect } from 'vitest'
import type { Analytics } from '../../../src/analytics/analytics.ts'
import type { ExpectedReports } from '../../../src/analytics/demo/expected-reports.ts'
import type { CohortRow } from '../../../src/analytics/numbers.ts'
import type { Period } from '../../../src/analytics/period.ts'
import { rounded } from '../../../src/analytics/testing/numbers.ts'

/** One period of one generated history, and the ways to read it. */
export interface Place {
  expected: ExpectedReports
  period: Period
  timeZone: string
  /** What the carts of each claimed link may have brought, all of its days. */
  margins: ReadonlyMap<string, number | null>
  /** Those of the last weeks, which the chat and the page show whatever the period. */
  cohorts: CohortRow[]
  analytics: Analytics
  dir: string
  run: (line: string) => Promise<string>
  /** Rows of a panel, or of SQL, as Grafana's role gets them. */
  panel: (title: string, variables?: Record<string, string>) => Promise<Row[]>
  ask: (sql: string, values?: unknown[]) => Promise<Row[]>
  message: string
}
export type Row = Record<string, unknown>

/** Goes on after a difference, so that one run shows all of them. */
export const same = (place: Place, where: string, actual: unknown, wanted: unknown) =>
  expect.soft(rounded(actual), `${place.message}, ${where}`).toEqual(rounded(wanted))
