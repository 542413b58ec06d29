import { inflateSync } from 'node:zlib'
import { Resvg } from '@resvg/resvg-js'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { type CohortRow, type DailyRow, funnelStages } from '../numbers.ts'
import { createCharts } from './charts.ts'
import { cohortsChart } from './cohorts-chart.ts'
import { dailyChart } from './daily-chart.ts'
import { funnelChart } from './funnel-chart.ts'
import { look } from './svg.ts'

const charts = createCharts()
afterAll(() => charts.close())

const day = (i: number, value: number, rest: Partial<DailyRow> = {}): DailyRow => ({
  date: new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
  dau: value,
  new_users: 0,
  sessions: 0,
  carts: value,
  gmv: value * 1380,
  searches: 0,
  errors: 0,
  messages: 0,
  tokens: 0,
  cost_rub: 0,
  ...rest,
})
const days = (length: number): DailyRow[] => Array.from({ length }, (_, i) => day(i, i + 1))
const cohort = (size: number, active: number[]): CohortRow => ({ week: '2026-01-05', size, active })
const noise = { kind: 'noise', ratio: 0 } as const
/** After every day of these tests: nothing runs. */
const titled = (title: string) => ({ title, today: '2030-01-01' })
const funnel = (values: readonly number[], to = '2026-01-07') => ({
  stages: funnelStages.map((stage, i) => ({ stage, users: values[i] ?? 0 })),
  from: '2026-01-01',
  to,
  open: 0,
})

/** Every element of a name with its attributes. */
const elements = (svg: string, name: string): Record<string, string>[] =>
  [...svg.matchAll(new RegExp(`<${name}((?: [\\w-]+="[^"]*")*)`, 'g'))].map(([, attributes = '']) =>
    Object.fromEntries(
      [...attributes.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
    ),
  )
const filled = (svg: string, fill: string) => elements(svg, 'rect').filter(rect => rect.fill === fill)
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, content = '']) => plain(content))
const plain = (content: string) => content.replaceAll(/\s/g, ' ')

test('every day has a point for its users, a bar for its carts and one for its roubles, as high as their values', () => {
  const svg = dailyChart([day(0, 4), day(1, 8), day(2, 0)], titled('Три дня'))

  const points = elements(svg, 'circle').map(circle => Number(circle.cy))
  const carts = filled(svg, look.green).map(bar => Number(bar.height))
  expect(points).toHaveLength(3)
  expect((points[2] ?? 0) - (points[1] ?? 0)).toBe(2 * ((points[2] ?? 0) - (points[0] ?? 0)))
  expect(carts).toEqual([80, 160, 0])
  expect(filled(svg, look.amber)).toHaveLength(3)
})

test('the panels show the sum of their days, and share one row of dates', () => {
  const shown = texts(dailyChart([day(0, 3), day(1, 5), day(2, 1)], titled('Три дня')))

  expect(shown).toEqual(expect.arrayContaining(['в среднем 3, максимум 5', 'всего 9', 'всего 12 420 ₽']))
  expect(shown.filter(content => /^\d\d\.\d\d$/.test(content))).toEqual(['01.01', '02.01', '03.01'])
})

test('a single day is its numbers: there is nothing to plot', () => {
  const shown = texts(dailyChart([day(0, 3)], titled('День')))

  expect(shown).toEqual(['День', 'DAU', '3', 'Корзины', '3', 'GMV, оценка', '4 140 ₽'])
})

const dashed = (svg: string, name: string) => elements(svg, name).filter(each => each['stroke-dasharray'] !== undefined)
const hollowPoints = (svg: string) => elements(svg, 'circle').filter(({ fill }) => fill === look.background)

test('the day that still runs is hollow, explained, and no part of the mean', () => {
  const svg = dailyChart([day(0, 4), day(1, 8), day(2, 1)], { title: 'Три дня', today: '2026-01-03' })

  expect(hollowPoints(svg)).toHaveLength(1)
  expect(dashed(svg, 'polyline')).toHaveLength(1)
  expect(dashed(svg, 'rect').map(({ stroke }) => stroke)).toEqual([look.green, look.amber, look.quiet])
  expect([filled(svg, look.green).length, filled(svg, look.amber).length]).toEqual([2, 2])
  expect(texts(svg)).toEqual(expect.arrayContaining(['в среднем 6, максимум 8', 'всего 13', 'день ещё идёт']))
})

test('a total stands beside its change against the period before, in the words of the text', () => {
  const svg = dailyChart([day(0, 4), day(1, 8)], {
    ...titled('Два дня'),
    changes: {
      dau: { kind: 'up', ratio: 0.12 },
      carts: { kind: 'noise', ratio: 0.5 },
      gmv: { kind: 'none', ratio: null },
    },
  })

  expect(texts(svg)).toEqual(
    expect.arrayContaining(['в среднем 6 ▲ 12 %, максимум 8', 'всего 12 ≈ в пределах шума', 'всего 16 560 ₽']),
  )
})

test('a day that is over leaves nothing hollow', () => {
  const svg = dailyChart([day(0, 4), day(1, 8), day(2, 1)], { title: 'Три дня', today: '2026-01-04' })

  expect([...hollowPoints(svg), ...dashed(svg, 'rect'), ...dashed(svg, 'polyline')]).toEqual([])
  expect(texts(svg)).toContain('в среднем 4,3, максимум 8')
  expect(texts(svg)).not.toContain('день ещё идёт')
})

test('of a year the day that still runs is paler: an outline would not be seen', () => {
  const svg = dailyChart(days(365), { title: 'Год', today: '2026-12-31' })

  expect(filled(svg, look.green).filter(bar => bar['fill-opacity'] !== undefined)).toHaveLength(1)
  expect(texts(svg)).toContain('день ещё идёт')
})

test('a day alone that still runs has no mean', () => {
  const shown = texts(dailyChart([day(0, 3)], { title: 'День', today: '2026-01-01' }))

  expect(shown).toContain('день ещё идёт')
  expect(shown.join()).not.toContain('в среднем')
})

test('a year names few dates, far enough apart, the last one among them', () => {
  const svg = dailyChart(days(365), titled('Год'))

  const dates = elements(svg, 'text').filter((_, i) => /^\d\d\.\d\d$/.test(texts(svg)[i] ?? ''))
  const gaps = dates.slice(1).map((date, i) => Number(date.x) - Number(dates[i]?.x))
  expect(dates.length).toBeGreaterThan(3)
  expect(Math.min(...gaps)).toBeGreaterThan(75)
  expect(texts(svg)).toContain('31.12')
  expect(filled(svg, look.green)).toHaveLength(365)
})

test('of more than a year the last days are drawn, with a note that says so', () => {
  const svg = dailyChart(days(1000), titled('Всё'))

  expect(filled(svg, look.green)).toHaveLength(366)
  expect(texts(svg)).toContain('Показаны последние 366 дней')
})

test('the funnel shows the users and both shares of each step, in bars of that length', () => {
  const svg = funnelChart(funnel([1000, 500, 250, 95, 1, 0]), titled('Воронка'))

  const [full, half, quarter, , trace] = filled(svg, look.green).map(bar => Number(bar.width))
  expect(texts(svg)).toEqual(
    expect.arrayContaining([
      '1 000',
      '50 % от пред.',
      '25 % от /start',
      '9,5 % от /start',
      '0,1 % от /start',
      'survey',
    ]),
  )
  expect(full).toBe(2 * (half ?? 0))
  expect(half).toBe(2 * (quarter ?? 0))
  expect(trace).toBeGreaterThan(4)
  expect(filled(svg, look.green)[5]?.width).toBe('0')
})

test('cohorts show shares of their size, darker for more', () => {
  const svg = cohortsChart([cohort(10, [10, 3, 0])], titled('Когорты'))

  expect(texts(svg)).toEqual(expect.arrayContaining(['05.01', '10', 'н2', '100 %', '30 %', '0 %']))
  expect(filled(svg, 'rgb(20,107,57)')).toHaveLength(1)
  expect(filled(svg, 'rgb(238,242,240)')).toHaveLength(1)
})

test('the week that still runs is hollow in every row, the weeks before it are not', () => {
  const rows = [
    { week: '2026-01-05', size: 10, active: [10, 5] },
    { week: '2026-01-12', size: 10, active: [4] },
  ]

  for (const today of ['2026-01-12', '2026-01-18']) {
    const svg = cohortsChart(rows, { title: 'Когорты', today })
    expect(dashed(svg, 'rect').filter(({ stroke }) => stroke === look.green)).toHaveLength(2)
    expect(texts(svg)).toEqual(expect.arrayContaining(['50 %', '40 %', 'неделя ещё идёт']))
  }
  const later = cohortsChart(rows, { title: 'Когорты', today: '2026-01-19' })
  expect(dashed(later, 'rect')).toEqual([])
  expect(texts(later)).not.toContain('неделя ещё идёт')
})

test('the bars of the funnel are hollow while its only day runs; of more days a note says so', () => {
  const [alone, week] = ['2026-01-07', '2026-01-01'].map(from =>
    funnelChart({ ...funnel([4, 2]), from }, { title: 'Воронка', today: '2026-01-07' }),
  )

  expect(filled(alone ?? '', look.green).filter(({ width }) => width !== '0')).toEqual([])
  expect(filled(week ?? '', look.green).filter(({ width }) => width !== '0')).toHaveLength(2)
  for (const svg of [alone, week]) expect(texts(svg ?? '')).toContain('день ещё идёт')
})

test('of the first step the users whose window still runs are hollow and counted apart; steps have their change', () => {
  const svg = funnelChart(
    { ...funnel([40, 20]), open: 10 },
    { ...titled('Воронка'), changes: [{ users: { kind: 'up', ratio: 0.1 } }, { users: noise, ofPrevious: noise }] },
  )

  const [full] = filled(svg, look.green).map(bar => Number(bar.width))
  const [open] = dashed(svg, 'rect').filter(({ stroke }) => stroke === look.green)
  expect(Number(open?.width) + 3).toBeCloseTo((full ?? 0) / 4)
  expect(texts(svg)).toEqual(expect.arrayContaining(['ещё могут дойти: 10 из 40', '▲ 10 %', '≈ в пределах шума']))
})

test('many weeks leave out the sign, and a note says that the numbers are percent', () => {
  const svg = cohortsChart([cohort(10, [10, ...Array(11).fill(3)])], titled('Когорты'))

  expect(texts(svg)).toEqual(
    expect.arrayContaining(['100', '30', 'В клетках процент тех, кто писал боту в эту неделю']),
  )
})

test('whatever the share of a cohort, its number stands out from its cell', () => {
  for (let active = 0; active <= 100; active++) {
    const svg = cohortsChart([cohort(100, [active])], titled('x'))
    const cell = elements(svg, 'rect').at(-1)?.fill ?? ''
    const ink = elements(svg, 'text').at(-1)?.fill ?? ''

    expect(contrast(cell, ink)).toBeGreaterThan(3.9)
  }
})

test('a year of cohorts is cut to the size that a chat does not scale down, with a note that says so', () => {
  const svg = cohortsChart(
    Array.from({ length: 52 }, (_, i) => cohort(i + 1, Array(52 - i).fill(1))),
    titled('Год'),
  )

  expect(Number(elements(svg, 'svg')[0]?.height)).toBeLessThanOrEqual(1280)
  expect(texts(svg).at(-1)).toBe('Показаны последние 15 недель прихода и первые 12 недель жизни')
  expect(texts(svg)).toContain('52')
})

test.each([
  ['no day', dailyChart([], titled('x'))],
  ['days of zeros', dailyChart([day(0, 0), day(1, 0)], titled('x'))],
  ['a funnel without users', funnelChart(funnel([]), titled('x'))],
  ['no cohort', cohortsChart([], titled('x'))],
])('%s says that there is nothing yet', (_, svg) => {
  expect(texts(svg)).toEqual(['x', 'Пока нет данных'])
})

test('a day with users and no cart is not empty', () => {
  expect(texts(dailyChart([day(0, 0, { dau: 1 })], titled('x')))).toContain('DAU')
})

test('whatever the numbers and the title, each chart is well-formed and shows no NaN', () => {
  const value = fc.oneof(fc.nat(), fc.constant(0), fc.double())
  const cohorts = fc.array(
    fc.record({ week: fc.constant('2026-01-05'), size: value, active: fc.array(value, { maxLength: 60 }) }),
    { maxLength: 60 },
  )
  const title = fc.string({ unit: fc.oneof(fc.constantFrom('<', '&', '"', '\u0000', '\uFFFF', '\uD800'), fc.string()) })
  const running = (name: string) => ({ title: name, today: '2026-01-05' })
  fc.assert(
    fc.property(fc.array(value, { maxLength: 400 }), cohorts, title, (values, rows, name) => {
      const pictures = [
        dailyChart(
          values.map((each, i) => day(i, each, { gmv: each })),
          running(name),
        ),
        funnelChart(funnel(values), running(name)),
        cohortsChart(rows, running(name)),
      ]

      for (const svg of pictures) {
        expect(svg).not.toMatch(/NaN|Infinity|undefined/)
        expect(new Resvg(svg, { font: { loadSystemFonts: false } }).width).toBe(1080)
      }
    }),
    { numRuns: 60 },
  )
})

test('a long title is written smaller, and cut before it leaves the card', () => {
  const sizeOf = (title: string) => Number(elements(dailyChart([], titled(title)), 'text')[0]?.['font-size'])

  expect(sizeOf('Аналитика')).toBe(40)
  expect(sizeOf('Аналитика '.repeat(5))).toBeLessThan(32)
  expect(texts(dailyChart([], titled('Аналитика '.repeat(50))))[0]).toMatch(/^.{30,60}…$/)
})

test('each kind of chart is a readable PNG of its size', async () => {
  const drawn = await Promise.all([
    charts.daily(days(30), titled('Аналитика')),
    charts.funnel(funnel([5, 4, 3, 2, 1, 0]), titled('Воронка')),
    charts.cohorts([cohort(10, [9, 5])], titled('Когорты')),
    charts.daily([], titled('Пусто')),
  ])

  expect(drawn.map(sizeOfPng)).toEqual([
    { width: 1080, height: 1068 },
    { width: 1080, height: 840 },
    { width: 1080, height: 298 },
    { width: 1080, height: 420 },
  ])
})

test('the bundled font has every letter of the charts: none is drawn as a missing glyph', async () => {
  const missing = '\uE000'

  const drawn: Buffer[] = []
  for (const letter of [missing, ...'щЁ₽«…−▲▼≈×']) drawn.push(await charts.daily([], titled(letter)))

  expect(new Set(drawn.map(png => png.toString('base64'))).size).toBe(drawn.length)
})

/** Width and height of a PNG whose pixels unpack to just that many. */
function sizeOfPng(png: Buffer): { width: number; height: number } {
  const packed: Buffer[] = []
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      packed.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)))
  }
  const size = { width: png.readUInt32BE(16), height: png.readUInt32BE(20) }
  expect(inflateSync(Buffer.concat(packed)).length).toBe(size.height * (1 + size.width * 4))
  return size
}

/** Contrast of two colours, `rgb(…)` or `#rrggbb`, as WCAG counts it. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(colour: string): number {
  const hex = /^#(..)(..)(..)$/.exec(colour)
  const parts = hex ? hex.slice(1).map(part => Number.parseInt(part, 16)) : (colour.match(/\d+/g) ?? []).map(Number)
  const [r = 0, g = 0, b = 0] = parts.map(part =>
    part / 255 <= 0.03928 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
