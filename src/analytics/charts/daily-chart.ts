import type { DailyRow } from '../numbers.ts'
import { shortDate, shortNumber, shortRub } from './format.ts'
import { card, circle, emptyCard, line, look, polyline, rect, roundUp, text, within } from './svg.ts'

interface Panel {
  label: string
  colour: string
  shape: 'line' | 'bars'
  value: (day: DailyRow) => number
  show: (value: number) => string
}

const panels: readonly Panel[] = [
  { label: 'DAU', colour: look.blue, shape: 'line', value: d => d.dau, show: shortNumber },
  { label: 'Корзины', colour: look.green, shape: 'bars', value: d => d.carts, show: shortNumber },
  { label: 'GMV, оценка', colour: look.amber, shape: 'bars', value: d => d.gmv, show: shortRub },
]

/** Leaves room for the scale. */
const left = look.margin + 134
const right = look.width - look.margin
const top = 136
const panelHeight = 292
const plotTop = 80
const plotHeight = 160
const mostDays = 366
const mostDates = 7
/** Up to this many days every value is written beside its bar or point. */
const mostNumbers = 7
/** Up to this many days the points of the line are marked. */
const mostPoints = 45
/** Keeps a date at the edge within the card. */
const dateMargin = 32

/** DAU, carts and GMV by day as three panels over one time axis: a second value axis would be misread. */
export function dailyChart(all: readonly DailyRow[], title: string): string {
  const days = all.slice(-mostDays)
  if (panels.every(panel => days.every(day => within(panel.value(day)) === 0))) return emptyCard(title)
  const step = (right - left) / days.length
  const centre = (i: number) => left + step * (i + 0.5)
  const bottom = top + panels.length * panelHeight
  return card(
    title,
    bottom + 56,
    [
      ...panels.flatMap((panel, i) => drawPanel(panel, days, top + i * panelHeight, step, centre)),
      ...dates(days, bottom - 16, centre),
    ],
    days.length < all.length ? `Показаны последние ${days.length} дней` : '',
  )
}

function drawPanel(
  { label, colour, shape, value, show }: Panel,
  days: readonly DailyRow[],
  y: number,
  step: number,
  centre: (i: number) => number,
): string[] {
  const values = days.map(day => within(value(day)))
  const peak = Math.max(...values)
  const most = roundUp(peak)
  const ceiling = y + plotTop
  const floor = ceiling + plotHeight
  const total = values.reduce((sum, each) => sum + each, 0)
  const mean = total / days.length
  const summary = shape === 'line' ? `в среднем ${show(mean)}, максимум ${show(peak)}` : `всего ${show(total)}`
  const heights = values.map(each => within(each / most, 1) * plotHeight)
  const scale = { size: 22, fill: look.quiet, anchor: 'end' } as const
  return [
    text(look.margin, y + 30, label, { size: 30, weight: 700, fill: colour }),
    text(right, y + 30, days.length === 1 ? show(total) : summary, { size: 28, fill: look.ink, anchor: 'end' }),
    line(left, ceiling, right, ceiling, look.grid, 2),
    line(left, ceiling + plotHeight / 2, right, ceiling + plotHeight / 2, look.grid, 2),
    text(left - 16, ceiling + 8, show(most), scale),
    text(left - 16, floor + 8, '0', scale),
    ...(shape === 'line' ? drawLine(heights, floor, colour, centre) : drawBars(heights, floor, colour, step, centre)),
    line(left, floor, right, floor, look.quiet, 2),
    ...numbers(values, heights, floor, centre),
  ]
}

function drawLine(heights: readonly number[], floor: number, colour: string, centre: (i: number) => number): string[] {
  const points = heights.map((height, i) => [centre(i), floor - height] as const)
  return [
    polyline(points, colour, heights.length > mostPoints ? 3 : 5),
    ...(heights.length > mostPoints ? [] : points.map(([x, y]) => circle(x, y, 7, colour))),
  ]
}

function drawBars(
  heights: readonly number[],
  floor: number,
  colour: string,
  step: number,
  centre: (i: number) => number,
): string[] {
  const width = Math.max(1, Math.min(64, step * 0.72))
  return heights.map((height, i) => {
    const radius = Math.min(6, width / 4, height / 2)
    return rect(centre(i) - width / 2, floor - height, width, height, colour, radius)
  })
}

/** Values of a short period, above their points and bars; the unit stands beside the scale. */
function numbers(
  values: readonly number[],
  heights: readonly number[],
  floor: number,
  centre: (i: number) => number,
): string[] {
  if (values.length === 1 || values.length > mostNumbers) return []
  return values.map((value, i) =>
    text(centre(i), floor - (heights[i] ?? 0) - 14, shortNumber(value), { size: 24, anchor: 'middle', halo: true }),
  )
}

/** As many dates as fit, the last day's always among them. */
function dates(days: readonly DailyRow[], y: number, centre: (i: number) => number): string[] {
  const every = Math.max(1, Math.ceil(days.length / mostDates))
  return days.flatMap((day, i) => {
    const x = Math.min(right - dateMargin, centre(i))
    return (days.length - 1 - i) % every === 0
      ? [text(x, y, shortDate(day.date), { size: 26, fill: look.quiet, anchor: 'middle' })]
      : []
  })
}
