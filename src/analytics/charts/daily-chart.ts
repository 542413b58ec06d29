import type { DailyRow } from '../numbers.ts'
import {
  card,
  circle,
  emptyCard,
  line,
  look,
  polyline,
  rect,
  roundUp,
  shortDate,
  shortNumber,
  shortRub,
  text,
} from './svg.ts'

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

/** Room for the scale. */
const left = look.margin + 110
const right = look.width - look.margin
const top = 130
const panelHeight = 260
const plotHeight = 150
const mostLabels = 8

/** People, carts and GMV by day, one above the other over the same days: no second axis to misread. */
export function dailyChart(days: readonly DailyRow[], title: string): string {
  if (days.length === 0) return emptyCard(title)
  const step = (right - left) / days.length
  const centre = (i: number) => left + step * (i + 0.5)
  const height = top + panels.length * panelHeight + 40
  return card(title, height, [
    ...panels.flatMap((panel, i) => drawPanel(panel, days, top + i * panelHeight, step, centre)),
    ...dayLabels(days, top + panels.length * panelHeight, centre),
  ])
}

function drawPanel(
  panel: Panel,
  days: readonly DailyRow[],
  y: number,
  step: number,
  centre: (i: number) => number,
): string[] {
  const values = days.map(panel.value)
  const most = roundUp(Math.max(...values))
  const floor = y + 50 + plotHeight
  const heightOf = (value: number) => (plotHeight * value) / most
  const total = values.reduce((sum, value) => sum + value, 0)
  const peak = Math.max(...values)
  const summary =
    panel.shape === 'line'
      ? `в среднем ${panel.show(total / days.length)}, больше всего ${panel.show(peak)}`
      : `всего ${panel.show(total)}`
  return [
    text(look.margin, y + 26, panel.label, { weight: 700, fill: panel.colour }),
    text(right, y + 26, summary, { fill: look.quiet, anchor: 'end' }),
    line(left, y + 50, right, y + 50, look.grid),
    line(left, y + 50 + plotHeight / 2, right, y + 50 + plotHeight / 2, look.grid),
    line(left, floor, right, floor, look.quiet, 2),
    ...(panel.shape === 'bars'
      ? values.map((value, i) => {
          const width = Math.max(1, Math.min(60, step * 0.72))
          return rect(
            centre(i) - width / 2,
            floor - heightOf(value),
            width,
            heightOf(value),
            panel.colour,
            Math.min(6, width / 4),
          )
        })
      : [
          polyline(
            values.map((value, i) => [centre(i), floor - heightOf(value)] as const),
            panel.colour,
            5,
          ),
          ...(days.length > 45
            ? []
            : values.map((value, i) => circle(centre(i), floor - heightOf(value), 7, panel.colour))),
        ]),
    text(left - 14, y + 57, panel.show(most), { size: 20, fill: look.quiet, anchor: 'end' }),
    text(left - 14, floor + 7, '0', { size: 20, fill: look.quiet, anchor: 'end' }),
  ]
}

/** As many dates as fit: the last day always has one. */
function dayLabels(days: readonly DailyRow[], y: number, centre: (i: number) => number): string[] {
  const every = Math.max(1, Math.ceil(days.length / mostLabels))
  return days.flatMap((day, i) =>
    (days.length - 1 - i) % every === 0
      ? [text(centre(i), y, shortDate(day.date), { size: 22, fill: look.quiet, anchor: 'middle' })]
      : [],
  )
}
