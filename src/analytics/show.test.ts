import { expect, test } from 'vitest'
import { planFormat } from './plan-format.ts'
import { count, mean, percent, rub, short, shortRub } from './show.ts'

const plain = (written: string) => written.replaceAll(/\s/g, ' ')

test.each([
  [count, [312, 12_345, null, Number.NaN], ['312', '12 345', '—', '—']],
  [rub, [594_488, 0.4, 0, 32.4, 9.999, null], ['594 488 ₽', '0,40 ₽', '0 ₽', '32 ₽', '10,00 ₽', '—']],
  [mean, [83.2, 3.81, 4, 0.04, null], ['83', '3,8', '4', '0', '—']],
  [percent, [0.34, 0.125, 0.022, 0.0001, 0, 1, null], ['34 %', '12,5 %', '2,2 %', '<0,1 %', '0 %', '100 %', '—']],
  [
    short,
    [8_600_000, 12_500, 1380, 7.25, 0, 999_990, 2e9, 6.44e12, 1e300, -1e300, null],
    ['8,6 млн', '12,5 тыс.', '1 380', '7,3', '0', '1 млн', '2 млрд', '6,4 трлн', '>999 трлн', '<−999 трлн', '—'],
  ],
  [shortRub, [430_560, 1380, null], ['430,6 тыс. ₽', '1 380 ₽', '—']],
])('numbers read as Russians write them: %o', (format, values, written) => {
  expect(values.map(value => plain(format(value)))).toEqual(written)
})

test('a number is not torn from its unit or its thousands at the end of a line', () => {
  expect([rub(594_488), percent(0.125), short(8_600_000)].join('')).not.toContain(' ')
})

test('the formats of the plan, with separators, units and one decimal where it matters', () => {
  const { count, rub, mean, percent, short } = planFormat

  expect([count(312), count(12_345), count(null)]).toEqual(['312', '12,345', '—'])
  expect([rub(430_560), rub(0.4), rub(0), rub(32.4), rub(null)]).toEqual(['430,560₽', '0.40₽', '0₽', '32₽', '—'])
  expect([mean(83.2), mean(3.81), mean(4), mean(0.04), mean(null)]).toEqual(['83', '3.8', '4', '0', '—'])
  expect([percent(0.34), percent(0.022), percent(0), percent(1), percent(null)]).toEqual([
    '34%',
    '2.2%',
    '0%',
    '100%',
    '—',
  ])
  expect([short(4_210_000), short(12_500), short(900), short(999_990), short(2e9)]).toEqual([
    '4.2M',
    '12.5K',
    '900',
    '1.0M',
    '2.0B',
  ])
})
