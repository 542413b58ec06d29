/** Local hour of Monday from which the weekly test is due. */
const testHour = 11
const dayMs = 24 * 3_600_000

/** The Monday (`YYYY-MM-DD`) whose test a moment belongs to: a week of tests begins on Monday at 11:00 of the time zone. */
export function testWeek(at: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find(one => one.type === type)?.value ?? ''
  const sinceMonday = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(part('weekday'))
  const isBefore = sinceMonday === 0 && Number(part('hour')) < testHour
  const day = Date.parse(`${part('year')}-${part('month')}-${part('day')}T00:00:00Z`)
  return new Date(day - (isBefore ? 7 : sinceMonday) * dayMs).toISOString().slice(0, 10)
}
