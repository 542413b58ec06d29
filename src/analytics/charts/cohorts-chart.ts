import type { CohortRow } from '../numbers.ts'
import { addDays } from '../period.ts'
import { ratio } from '../show.ts'
import { fitting, shortDate, wholePercent } from './format.ts'
import { type ChartFrame, weekRuns, weekRunsNote } from './frame.ts'
import { card, emptyCard, hollowRect, look, rect, text, within } from './svg.ts'

const left = 318
const right = look.width - look.margin
const top = 184
const rowHeight = 58
const mostWeeks = 12
/** Leaves room for three notes. */
const mostRows = Math.floor((look.mostHeight - top - 200) / rowHeight)
const widestCell = 220
/** Below this width «100 %» does not fit into a cell: the sign is left out, and a note says what the numbers are. */
const roomForSign = 80

/**
 * Rows are weeks of the first /start, columns are weeks since then; the darker a cell, the larger the share of active
 * users. The week that still runs has no colour: it would look like users who left.
 */
export function cohortsChart(all: readonly CohortRow[], frame: ChartFrame): string {
  const rows = all.slice(-mostRows)
  const longest = Math.max(0, ...rows.map(row => row.active.length))
  const weeks = Math.min(mostWeeks, longest)
  if (weeks === 0) return emptyCard(frame.title)
  const cell = Math.min(widestCell, (right - left) / weeks)
  const signs = cell >= roomForSign
  const column = (week: number) => left + cell * (week + 0.5)
  const quiet = { size: 26, fill: look.quiet } as const
  const head = [
    text(look.margin, top - 20, 'Неделя', quiet),
    text(left - 20, top - 20, 'Новых', { ...quiet, anchor: 'end' }),
    ...Array.from({ length: weeks }, (_, i) => text(column(i), top - 20, `н${i}`, { ...quiet, anchor: 'middle' })),
  ]
  const body = rows.flatMap((row, r) => {
    const y = top + r * rowHeight
    return [
      text(look.margin, y + 38, shortDate(row.week), { size: 28 }),
      text(left - 20, y + 38, fitting(row.size), { size: 26, weight: 700, anchor: 'end' }),
      ...row.active.slice(0, weeks).flatMap((active, week) => {
        const share = within(ratio(active, row.size) ?? 0, 1)
        const running = weekRuns(addDays(row.week, 7 * week), frame)
        const { fill, ink } = running ? { fill: look.green, ink: look.ink } : shade(share)
        const draw = running ? hollowRect : rect
        return [
          draw(left + cell * week + 2, y + 2, cell - 4, rowHeight - 4, fill, 8),
          text(column(week), y + 38, signs ? wholePercent(share) : String(Math.round(share * 100)), {
            size: 25,
            anchor: 'middle',
            fill: ink,
          }),
        ]
      }),
    ]
  })
  const cut = [
    ...(rows.length < all.length ? [`последние ${rows.length} недель прихода`] : []),
    ...(weeks < longest ? [`первые ${weeks} недель жизни`] : []),
  ]
  const running = rows.some(row =>
    row.active.slice(0, weeks).some((_, week) => weekRuns(addDays(row.week, 7 * week), frame)),
  )
  const notes = [
    ...(running ? [weekRunsNote] : []),
    ...(signs ? [] : [{ text: 'В клетках процент тех, кто писал боту в эту неделю' }]),
    ...(cut.length === 0 ? [] : [{ text: `Показаны ${cut.join(' и ')}` }]),
  ]
  return card(frame.title, top + rows.length * rowHeight + 56, [...head, ...body], notes)
}

/** From light grey to dark green by the square root of the share, since most are small. The ink is legible on each shade. */
function shade(share: number): { fill: string; ink: string } {
  const depth = Math.sqrt(share)
  const mix = (from: number, to: number) => Math.round(from + (to - from) * depth)
  return {
    fill: `rgb(${mix(0xee, 0x14)},${mix(0xf2, 0x6b)},${mix(0xf0, 0x39)})`,
    ink: depth > 0.74 ? look.background : look.ink,
  }
}
