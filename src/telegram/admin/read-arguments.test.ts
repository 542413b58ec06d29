import { describe, expect, test } from 'vitest'
import { lengthOf } from '../../analytics/period.ts'
import { readPeriod, readPeriodAndSource, readWeeks } from './read-arguments.ts'

const today = '2026-02-13'
const daysOf = (text: string) => {
  const period = readPeriod(text, today)
  return period && lengthOf(period)
}

describe('a period', () => {
  test.each([
    ['', 7],
    ['today', 1],
    ['сегодня', 1],
    ['день', 1],
    ['за день', 1],
    ['сутки', 1],
    ['week', 7],
    ['Неделя', 7],
    ['  НЕДЕЛЮ  ', 7],
    ['за последнюю неделю', 7],
    ['2 недели', 14],
    ['5 недель', 35],
    ['month', 30],
    ['месяц', 30],
    ['за\u00A0месяц', 30],
    ['3 месяца', 90],
    ['30', 30],
    ['30d', 30],
    ['30D', 30],
    ['30 d', 30],
    ['３０', 30],
    ['30 дней', 30],
    ['30дней', 30],
    ['21 день', 21],
    ['за последние 14 дн.', 14],
  ])('%j is %i days', (text, days) => {
    expect(daysOf(text)).toBe(days)
  })

  test.each(['0', '-3', '1.5', 'век', 'неделя месяц', '30 попугаев', '99999999', 'toString', 'за'])(
    '%j cannot be read',
    text => {
      expect(daysOf(text)).toBeNull()
    },
  )
})

describe('a period and a source', () => {
  test.each([
    ['30', 30, null],
    ['habr', 7, 'habr'],
    ['неделя habr', 7, 'habr'],
    ['HABR за 30 дней', 30, 'habr'],
    ['30 habr', 30, 'habr'],
    ['vc 2 недели', 14, 'vc'],
    ['хабр', 7, 'habr'],
    ['с хабра за месяц', 30, 'habr'],
    ['с 1 по 7 февраля с хабра', 7, 'habr'],
    ['vc.ru', 7, 'vc'],
    ['телеграм неделя', 7, 'telegram'],
    ['из тг за 14 дней', 14, 'telegram'],
    ['друзья месяц', 30, 'referral'],
    ['от друзей', 7, 'referral'],
    ['по приглашению', 7, 'referral'],
    ['сами нашли, месяц', 30, 'organic'],
    ['Органика', 7, 'organic'],
  ])('%j', (text, days, source) => {
    const read = readPeriodAndSource(text, today)

    expect(read.period && lengthOf(read.period)).toBe(days)
    expect(read.source).toBe(source)
  })

  test('a word beside a period is an unknown source; a word alone is an unreadable period', () => {
    expect(readPeriodAndSource('неделя марс', today).source).toBeUndefined()
    expect(readPeriodAndSource('с 1 по 7 февраля марс', today).source).toBeUndefined()
    expect(readPeriodAndSource('век', today)).toEqual({ period: null, source: null })
  })
})

test.each([
  ['', '2025-12-22'],
  ['8', '2025-12-22'],
  ['8w', '2025-12-22'],
  ['8 недель', '2025-12-22'],
  ['неделя', '2026-02-09'],
  ['месяц', '2026-01-12'],
])('cohorts of %j begin on %s', (text, from) => {
  expect(readWeeks(text, today)).toEqual({ from, to: today })
})

test.each(['0', '53', 'век', '2 года', '-1'])('cohorts of %j cannot be read', text => {
  expect(readWeeks(text, today)).toBeNull()
})
