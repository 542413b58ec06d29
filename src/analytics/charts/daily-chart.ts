import { type Change, showChange } from '../change.ts'
import type { DailyRow } from '../numbers.ts'
import { count, mean, rub, short, shortRub } from '../show.ts'
import { shortDate } from './format.ts'
import { type ChartFrame, dayRunsNote, runs } from './frame.ts'
import {
  card,
  circle,
  emptyCard,
  hollowCircle,
  hollowRect,
  line,
  look,
  polyline,
  rect,
  roundUp,
  text,
  within,
} from './svg.ts'

/** What the picture of days takes beside them: how its totals differ from the period before. */
export interface DailyFrame extends ChartFrame {
  changes?: Partial<Record<PanelKey, Change | undefined>>
}

type PanelKey = 'dau' | 'carts' | 'gmv'

interface Panel {
  key: PanelKey
  label: string
  colour: string
  shape: 'line' | 'bars'
  /** In full, as in the text. */
  show: (value: number) => string
  /** On the scale. */
  brief: (value: number) => string
}

const panels: readonly Panel[] = [
  { key: 'dau', label: 'DAU', colour: look.blue, shape: 'line', show: mean, brief: short },
  { key: 'carts', label: 'Корзины', colour: look.green, shape: 'bars', show: count, brief: short },
  { key: 'gmv', label: 'GMV, оценка', colour: look.amber, shape: 'bars', show: rub, brief: shortRub },
]

/** A day of a panel, placed. */
interface Mark {
  value: number
  x: number
  height: number
  running: boolean
}

/** Leaves room for the scale. */
const left = look.margin + 134
const right = look.width - look.margin
const top = 136
const panelHeight = 292
const plotTop = 80
const plotHeight = 160
/** Of a single day, of which there is nothing to plot. */
const rowHeight = 96
const mostDays = 366
const mostDates = 7
/** Up to this many days every value is written beside its bar or point. */
const mostNumbers = 7
/** Up to this many days the points of the line are marked. */
const mostPoints = 45
/** Keeps a date at the edge within the card. */
const dateMargin = 32
/** Height of a point under which its value fits. */
const roomBelow = 40
/** Width of a digit relative to the font size. */
const digitWidth = 0.58

/** DAU, carts and GMV by day as three panels over one time axis: a second value axis would be misread. */
export function dailyChart(all: readonly DailyRow[], frame: DailyFrame): string {
  const days = all.slice(-mostDays)
  const [first, ...rest] = days
  if (first === undefined || panels.every(panel => days.every(day => within(day[panel.key]) === 0)))
    return emptyCard(frame.title)
  const notes = [
    ...(days.some(day => runs(day.date, frame)) ? [dayRunsNote] : []),
    ...(days.length < all.length ? [{ text: `Показаны последние ${days.length} дней` }] : []),
  ]
  if (rest.length === 0) return card(frame.title, top + panels.length * rowHeight + 36, oneDay(first), notes)
  const step = (right - left) / days.length
  const centre = (i: number) => left + step * (i + 0.5)
  const bottom = top + panels.length * panelHeight
  return card(
    frame.title,
    bottom + 56,
    [
      ...panels.flatMap((panel, i) => drawPanel(panel, days, frame, top + i * panelHeight, step, centre)),
      ...dates(days, bottom - 16, centre),
    ],
    notes,
  )
}

const oneDay = (day: DailyRow): string[] =>
  panels.flatMap(({ key, label, colour, show }, i) => {
    const y = top + rowHeight * (i + 0.6)
    return [
      text(look.margin, y, label, { size: 36, weight: 700, fill: colour }),
      text(right, y, show(within(day[key])), { size: 52, weight: 700, anchor: 'end' }),
    ]
  })

function drawPanel(
  { key, label, colour, shape, show, brief }: Panel,
  days: readonly DailyRow[],
  frame: DailyFrame,
  y: number,
  step: number,
  centre: (i: number) => number,
): string[] {
  const values = days.map(day => within(day[key]))
  const peak = Math.max(...values)
  const most = roundUp(peak)
  const ceiling = y + plotTop
  const floor = ceiling + plotHeight
  const finished = values.filter((_, i) => !runs(days[i]?.date ?? '', frame))
  const change = afterTotal(frame.changes?.[key])
  const summary =
    shape === 'bars'
      ? `всего ${show(sum(values))}${change}`
      : `${finished.length === 0 ? '' : `в среднем ${show(sum(finished) / finished.length)}${change}, `}максимум ${show(peak)}`
  const marks = values.map((each, i) => ({
    value: each,
    x: centre(i),
    height: within(each / most, 1) * plotHeight,
    running: runs(days[i]?.date ?? '', frame),
  }))
  const scale = { size: 22, fill: look.quiet, anchor: 'end' } as const
  return [
    text(look.margin, y + 30, label, { size: 30, weight: 700, fill: colour }),
    text(right, y + 30, summary, { size: Math.min(28, 1500 / summary.length), anchor: 'end' }),
    line(left, ceiling, right, ceiling, look.grid, 2),
    line(left, ceiling + plotHeight / 2, right, ceiling + plotHeight / 2, look.grid, 2),
    text(left - 16, ceiling + 8, brief(most), scale),
    text(left - 16, floor + 8, '0', scale),
    ...(shape === 'line' ? drawLine(marks, floor, colour) : drawBars(marks, floor, colour, step)),
    line(left, floor, right, floor, look.quiet, 2),
    ...numbers(marks, floor, step, shape),
  ]
}

const sum = (values: readonly number[]): number => values.reduce((total, each) => total + each, 0)

const afterTotal = (change: Change | undefined): string =>
  change === undefined || change.kind === 'none' ? '' : ` ${showChange(change)}`

/** The way to a day that still runs is dashed. */
function drawLine(marks: readonly Mark[], floor: number, colour: string): string[] {
  const points = (some: readonly Mark[]) => some.map(({ x, height }) => [x, floor - height] as const)
  const finished = marks.filter(({ running }) => !running)
  const running = marks.slice(Math.max(0, finished.length - 1))
  const width = marks.length > mostPoints ? 3 : 5
  return [
    polyline(points(finished), colour, width),
    ...(running.length > 1 ? [polyline(points(running), colour, width, true)] : []),
    ...marks.flatMap(mark => {
      const [x, y] = [mark.x, floor - mark.height]
      if (mark.running) return [hollowCircle(x, y, 7, colour)]
      return marks.length > mostPoints ? [] : [circle(x, y, 7, colour)]
    }),
  ]
}

function drawBars(marks: readonly Mark[], floor: number, colour: string, step: number): string[] {
  const width = Math.max(1, Math.min(96, step * 0.72))
  return marks.map(({ x, height, running }) => {
    const radius = Math.min(6, width / 4, height / 2)
    const draw = running ? hollowRect : rect
    return draw(x - width / 2, floor - height, width, height, colour, radius)
  })
}

/** Values of a short period, where the line does not cross them; the unit stands beside the scale. */
function numbers(marks: readonly Mark[], floor: number, step: number, shape: Panel['shape']): string[] {
  if (marks.length > mostNumbers) return []
  const written = marks.map(({ value }) => short(value))
  const longest = Math.max(...written.map(each => each.length))
  const size = Math.min(26, (step * 0.94) / (longest * digitWidth))
  const neighbours = (i: number) => [marks[i - 1], marks[i + 1]].filter(mark => mark !== undefined)
  return marks.map(({ x, height }, i) => {
    const valley = shape === 'line' && height > roomBelow && neighbours(i).every(mark => mark.height > height)
    return text(x, floor - height + (valley ? 32 : -14), written[i] ?? '', { size, anchor: 'middle', halo: true })
  })
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
