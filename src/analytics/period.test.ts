import { expect, test } from 'vitest'
import { createCalendar } from './demo/calendar.ts'
import {
  comparedPeriods,
  lastWeeks,
  lengthOf,
  localDay,
  mondayOf,
  PeriodError,
  parseDay,
  parsePeriod,
  previousPeriod,
} from './period.ts'

test.each([
  ['today', '2026-03-10'],
  ['week', '2026-03-04'],
  ['MONTH ', '2026-02-09'],
  ['1d', '2026-03-10'],
  ['14d', '2026-02-25'],
  ['7', '2026-03-04'],
  ['d', '2026-03-10'],
  ['36500d', '1926-04-05'],
  ['за неделю', '2026-03-04'],
  ['  за   последнюю  неделю', '2026-03-04'],
  ['последние 3 дня', '2026-03-08'],
  ['за  последний месяц', '2026-02-09'],
])('%s ends with the last day, which is included', (text, from) => {
  expect(parsePeriod(text, '2026-03-10')).toEqual({ from, to: '2026-03-10' })
})

test.each(['', '0d', '-3d', '1.5d', 'year', '99999d', '7d;', '007d', 'неделю за', '3 за дня', '36501d'])(
  '%j is no period',
  text => {
    expect(() => parsePeriod(text, '2026-03-10')).toThrow(PeriodError)
  },
)

test('what cannot be read is an error that says what to write, and repeating it does not help', () => {
  const errorOf = (work: () => unknown) => {
    try {
      return work()
    } catch (err) {
      return err
    }
  }

  expect(errorOf(() => parsePeriod('year', '2026-03-10'))).toMatchObject({
    name: 'PeriodError',
    retryable: false,
    message: 'the period must be today, week, month or a number of days such as 14d',
  })
  expect(errorOf(() => parsePeriod('99999d', '2026-03-10'))).toMatchObject({
    message: 'the period must not be longer than 36500d',
  })
  expect(errorOf(() => parseDay('10.03.2026'))).toMatchObject({ message: expect.stringContaining('YYYY-MM-DD') })
})

test('a day of the calendar is read, with spaces around it too', () => {
  expect(parseDay('2024-02-29')).toBe('2024-02-29')
  expect(parseDay(' 2026-03-10\n')).toBe('2026-03-10')
})

test.each(['2026-02-30', '2026-3-1', '10.03.2026', '', '2026-13-01', '2026-03-10T00:00'])('%j is no day', text => {
  expect(() => parseDay(text)).toThrow(PeriodError)
})

test('a moment belongs to the day of its time zone', () => {
  expect(localDay(new Date('2026-03-09T20:59:59Z'), 'Europe/Moscow')).toBe('2026-03-09')
  expect(localDay(new Date('2026-03-09T21:00:00Z'), 'Europe/Moscow')).toBe('2026-03-10')
})

test('weeks begin on Monday', () => {
  expect(mondayOf('2026-03-15')).toBe('2026-03-09')
  expect(mondayOf('2026-03-09')).toBe('2026-03-09')
  expect(lastWeeks(4, '2026-03-11')).toEqual({ from: '2026-02-16', to: '2026-03-11' })
  expect(lastWeeks(2, '2026-03-11')).toEqual({ from: '2026-03-02', to: '2026-03-11' })
})

test('a day on which clocks are put forward counts as one day', () => {
  const calendar = createCalendar({ from: '2026-03-27', to: '2026-03-31' }, 'Europe/Berlin')

  expect(lengthOf(calendar)).toBe(5)
  expect(calendar.startOf(3) - calendar.startOf(2)).toBe(23 * 3_600_000)
  expect(calendar.indexAt(calendar.startOf(3) - 1)).toBe(2)
  expect(calendar.indexAt(calendar.startOf(3))).toBe(3)
})

test('the period before has the same length and ends where this one begins', () => {
  expect(previousPeriod({ from: '2026-03-04', to: '2026-03-10' })).toEqual({ from: '2026-02-25', to: '2026-03-03' })
  expect(previousPeriod({ from: '2026-03-01', to: '2026-03-01' })).toEqual({ from: '2026-02-28', to: '2026-02-28' })
})

test('the running day is left out of both sides of a comparison, a period of finished days is compared whole', () => {
  expect(comparedPeriods({ from: '2026-03-04', to: '2026-03-10' }, '2026-03-10')).toEqual({
    now: { from: '2026-03-04', to: '2026-03-09' },
    before: { from: '2026-02-25', to: '2026-03-02' },
  })
  expect(comparedPeriods({ from: '2026-03-04', to: '2026-03-09' }, '2026-03-10')).toEqual({
    now: { from: '2026-03-04', to: '2026-03-09' },
    before: { from: '2026-02-26', to: '2026-03-03' },
  })
  expect(comparedPeriods({ from: '2026-03-10', to: '2026-03-10' }, '2026-03-10')).toBeNull()
})
