import type { CohortRow } from '../numbers.ts'
import { percent, ratio } from '../show.ts'
import { card, emptyCard, look, rect, shortDate, shortNumber, text } from './svg.ts'

const left = 250
const right = look.width - look.margin
const top = 190
const rowHeight = 62
const mostRows = 26
const mostWeeks = 13

/** Weeks of arrival down, weeks since then across; the darker, the more of the people were active. */
export function cohortsChart(rows: readonly CohortRow[], title: string): string {
  const shown = rows.slice(-mostRows)
  const weeks = Math.min(mostWeeks, Math.max(0, ...shown.map(row => row.active.length)))
  if (weeks === 0) return emptyCard(title)
  const cell = Math.min(150, (right - left) / weeks)
  const head = [
    text(look.margin, top - 26, 'Неделя', { size: 24, fill: look.quiet }),
    text(left - 20, top - 26, 'Новых', { size: 24, fill: look.quiet, anchor: 'end' }),
    ...Array.from({ length: weeks }, (_, i) =>
      text(left + cell * (i + 0.5), top - 26, `н${i}`, { size: 24, fill: look.quiet, anchor: 'middle' }),
    ),
  ]
  const body = shown.flatMap((row, r) => {
    const y = top + r * rowHeight
    return [
      text(look.margin, y + 40, shortDate(row.week), { size: 26 }),
      text(left - 20, y + 40, shortNumber(row.size), { size: 26, weight: 700, anchor: 'end' }),
      ...row.active.slice(0, weeks).flatMap((active, w) => {
        const share = Math.min(1, Math.max(0, ratio(active, row.size) ?? 0))
        const size = cell < 80 ? 18 : 24
        return [
          rect(left + cell * w + 2, y + 2, cell - 4, rowHeight - 4, shade(share), 8),
          text(left + cell * (w + 0.5), y + 40, percent(Math.round(share * 100) / 100), {
            size,
            anchor: 'middle',
            fill: share > 0.45 ? '#ffffff' : look.ink,
          }),
        ]
      }),
    ]
  })
  return card(title, top + shown.length * rowHeight + 50, [...head, ...body])
}

/** From the grid's grey to green. */
function shade(share: number): string {
  const mix = (from: number, to: number) => Math.round(from + (to - from) * Math.sqrt(share))
  return `rgb(${mix(0xee, 0x1f)},${mix(0xf2, 0x8a)},${mix(0xf0, 0x4c)})`
}
