import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CohortRow, DailyRow } from '../numbers.ts'
import { funnelStages } from '../numbers.ts'
import { createCharts } from './charts.ts'
import { cohortsChart } from './cohorts-chart.ts'
import { dailyChart } from './daily-chart.ts'
import { shortNumber } from './format.ts'
import { funnelChart } from './funnel-chart.ts'
import { roundUp } from './svg.ts'

const day = (i: number, value: number): DailyRow => ({
  date: new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
  ...{ dau: value, new_users: 0, sessions: 0, carts: value, gmv: value * 1380, searches: 0, errors: 0, messages: 0 },
  ...{ tokens: 0, cost_rub: 0 },
})
const count = (svg: string, shape: string) => svg.split(`<${shape}`).length - 1
const stages = (values: number[]) => funnelStages.map((stage, i) => ({ stage, users: values[i] ?? 0 }))

test('every day has its bar in two panels and its point in one', () => {
  const svg = dailyChart([day(0, 3), day(1, 5), day(2, 0)], 'Три дня')

  expect(count(svg, 'rect')).toBe(1 + 2 * 3)
  expect(count(svg, 'circle')).toBe(3)
  expect(svg).toContain('>Три дня<')
  expect(svg).toMatch(/>03\.01</)
})

test('a long period names few dates, the last one among them', () => {
  const svg = dailyChart(
    Array.from({ length: 365 }, (_, i) => day(i, i)),
    'Год',
  )

  const dates = svg.match(/>\d\d\.\d\d</g) ?? []
  expect(dates.length).toBeLessThanOrEqual(8)
  expect(dates.at(-1)).toBe('>31.12<')
})

test('the funnel names people and both shares of each step', () => {
  const svg = funnelChart(stages([100, 50, 25, 10, 5, 1]), 'Воронка')

  expect(svg).toContain('>50% от пред.<')
  expect(svg).toContain('>25% от /start<')
  expect(svg).toContain('>survey<')
})

test('cohorts show shares of their size, darker for more', () => {
  const svg = cohortsChart([{ week: '2026-01-05', size: 10, active: [10, 1] }], 'Когорты')

  expect(svg).toContain('>100%<')
  expect(svg).toContain('rgb(31,138,76)')
})

test('without data a picture says so', () => {
  for (const svg of [dailyChart([], 'x'), funnelChart(stages([]), 'x'), cohortsChart([], 'x')]) {
    expect(svg).toContain('Пока нет данных')
  }
})

test('a title is text and never markup', () => {
  expect(dailyChart([], '<script>&"')).toContain('&lt;script&gt;&amp;&quot;')
})

test('whatever the numbers, no picture holds NaN or Infinity', () => {
  const value = fc.oneof(fc.nat(), fc.constant(0), fc.double({ min: 0, max: 1e15, noNaN: true }))
  const cohort: fc.Arbitrary<CohortRow> = fc.record({
    week: fc.constant('2026-01-05'),
    size: fc.nat(),
    active: fc.array(value, { maxLength: 60 }),
  })
  fc.assert(
    fc.property(fc.array(value, { maxLength: 400 }), fc.array(cohort, { maxLength: 60 }), (values, cohorts) => {
      const pictures = [
        dailyChart(
          values.map((v, i) => day(i, v)),
          'x',
        ),
        funnelChart(stages(values.slice(0, 6).sort((a, b) => b - a)), 'x'),
        cohortsChart(cohorts, 'x'),
      ]
      for (const svg of pictures) expect(svg).not.toMatch(/NaN|Infinity|undefined/)
    }),
    { numRuns: 60 },
  )
})

test.each([
  [0, '0'],
  [7.25, '7,3'],
  [1380, '1 380'],
  [430_560, '430,6 тыс.'],
  [4_200_000, '4,2 млн'],
  [19e9, '19 млрд'],
])('%d is written %s', (value, written) => {
  expect(shortNumber(value).replaceAll(/\s/g, ' ')).toBe(written)
})

test.each([
  [0, 1],
  [1, 1],
  [61, 80],
  [0.03, 0.03],
])('the scale above %d ends at %d', (value, top) => {
  expect(roundUp(value)).toBeCloseTo(top)
})

test('pictures are PNG of 1080 pixels with letters in them', async () => {
  const charts = createCharts()

  const [withTitle, without] = await Promise.all([
    charts.daily([day(0, 1)], 'Аналитика ₽'),
    charts.daily([day(0, 1)], ''),
  ])

  expect(withTitle.subarray(1, 4).toString()).toBe('PNG')
  expect(withTitle.readUInt32BE(16)).toBe(1080)
  expect(withTitle.length).toBeGreaterThan(without.length)
})
