import { period, periodStart, type Query, sqlSeries } from './queries.ts'

/** What a series of the running day is called: the name of the finished days', and this. */
export const runningSuffix = ' (день идёт)'

/** Columns by the day: `name` is what the reader sees, `sql` an expression over the row of the day. */
export interface DayColumn {
  name: string
  sql: string
}

/**
 * SQL that makes two series of each column: the finished days, and the running one, which panels draw dotted or hollow. A
 * line needs the day before it too, to begin somewhere.
 */
export function daySeries(
  columns: readonly DayColumn[],
  { from = `analytics.day_numbers(${period})`, day = 'date', bars = false } = {},
): Query {
  const since = bars ? 'analytics.today()' : 'analytics.today() - 1'
  const list = columns.flatMap(({ name, sql }) => [
    `case when ${day} < analytics.today() then ${sql} end as "${name}"`,
    `case when ${day} >= ${since} then ${sql} end as "${name}${runningSuffix}"`,
  ])
  return sqlSeries(`select "time", ${list.join(', ')} from ${from} order by "time"`)
}

/** The value of a number of the period with its change in one line, as the name of a series of its days (`sql` as in `DayColumn`): a tile with a sparkline. */
export const numberSeries = (key: string, sql: string): Query =>
  sqlSeries(
    `select d."time", replace(c.brief, ' ', ' ') as metric, ${sql} as value from analytics.day_numbers(${period}) d cross join analytics.summary_changes(${period}) c where c.key = '${key}' and (d.date < analytics.today() or ${periodStart} >= analytics.today()) order by 1`,
  )
