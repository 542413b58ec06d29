import type { CohortRow } from '../numbers.ts'
import { ratio } from '../show.ts'
import { shortDate, shortNumber, shortPercent } from './format.ts'
import { card, emptyCard, look, rect, text, within } from './svg.ts'

const left = 290
const right = look.width - look.margin
const top = 184
const rowHeight = 58
const mostWeeks = 12
const mostRows = Math.floor((look.mostHeight - top - 100) / rowHeight)
const widestCell = 150
/** «100%» must fit into its cell. */
const letters = { large: 24, small: 21, smallBelow: 76 }

/** Rows are weeks of the first /start, columns are weeks since then; the darker a cell, the larger the share of active users. */
export function cohortsChart(all: readonly CohortRow[], title: string): string {
  const rows = all.slice(-mostRows)
  const longest = Math.max(0, ...rows.map(row => row.active.length))
  const weeks = Math.min(mostWeeks, longest)
  if (weeks === 0) return emptyCard(title)
  const cell = Math.min(widestCell, (right - left) / weeks)
  const size = cell < letters.smallBelow ? letters.small : letters.large
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
      text(left - 20, y + 38, shortNumber(row.size), { size: 26, weight: 700, anchor: 'end' }),
      ...row.active.slice(0, weeks).flatMap((active, week) => {
        const share = within(ratio(active, row.size) ?? 0, 1)
        const { fill, ink } = shade(share)
        return [
          rect(left + cell * week + 2, y + 2, cell - 4, rowHeight - 4, fill, 8),
          text(column(week), y + 38, wholePercent(share), { size, anchor: 'middle', fill: ink }),
        ]
      }),
    ]
  })
  const cut = [
    ...(rows.length < all.length ? [`последние ${rows.length} недель прихода`] : []),
    ...(weeks < longest ? [`первые ${weeks} недель жизни`] : []),
  ]
  const note = cut.length === 0 ? '' : `Показаны ${cut.join(' и ')}`
  return card(title, top + rows.length * rowHeight + 56, [...head, ...body], note)
}

/** Tenths would crowd the table. */
const wholePercent = (share: number): string => shortPercent(Math.round(share * 100) / 100)

/** From light grey to dark green by the square root of the share, since most are small. The ink is legible on each shade. */
function shade(share: number): { fill: string; ink: string } {
  const depth = Math.sqrt(share)
  const mix = (from: number, to: number) => Math.round(from + (to - from) * depth)
  return {
    fill: `rgb(${mix(0xee, 0x14)},${mix(0xf2, 0x6b)},${mix(0xf0, 0x39)})`,
    ink: depth > 0.74 ? look.background : look.ink,
  }
}
