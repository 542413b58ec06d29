import { funnelShares, stageLabels } from '../dictionary.ts'
import type { Funnel } from '../numbers.ts'
import { percent } from '../show.ts'
import { fitting } from './format.ts'
import { type ChartFrame, dayRunsNote, runs } from './frame.ts'
import { card, emptyCard, hollowRect, look, rect, text, within } from './svg.ts'

export type FunnelPicture = Pick<Funnel, 'stages' | 'from' | 'to'>

const left = 262
/** Leaves a column for the shares: on a full bar they would be unreadable. */
const right = look.width - look.margin - 230
const top = 144
const rowHeight = 112
const barHeight = 72
/** A step with any users has a visible bar. */
const leastBar = 8
/** Shortest bar into which a number fits. */
const roomFor = (written: string): number => 48 + 20 * written.length

/**
 * A bar for each step of the funnel, with its users and their share of the previous and of the first step. All are hollow
 * while the only day runs.
 */
export function funnelChart({ stages, from, to }: FunnelPicture, frame: ChartFrame): string {
  const first = stages[0]?.users ?? 0
  if (!(first > 0)) return emptyCard(frame.title)
  const draw = runs(from, frame) ? hollowRect : rect
  const rows = funnelShares({ stages }).flatMap(({ stage, users, ofPrevious, ofFirst }, i) => {
    const y = top + i * rowHeight
    const length = users > 0 ? Math.max(leastBar, within(users / first, 1) * (right - left)) : 0
    const written = fitting(users)
    const inside = length > roomFor(written)
    return [
      rect(left, y, right - left, barHeight, look.grid, 12),
      draw(left, y, length, barHeight, look.green, Math.min(12, length / 2)),
      text(left - 24, y + 46, stageLabels[stage], { size: 32, anchor: 'end' }),
      text(inside ? left + 20 : left + length + 16, y + 48, written, {
        size: 34,
        weight: 700,
        fill: inside && draw === rect ? look.background : look.ink,
      }),
      ...(i === 0
        ? []
        : [
            text(look.width - look.margin, y + 30, `${percent(ofPrevious)} от пред.`, { size: 26, anchor: 'end' }),
            text(look.width - look.margin, y + 64, `${percent(ofFirst)} от /start`, {
              size: 26,
              fill: look.quiet,
              anchor: 'end',
            }),
          ]),
    ]
  })
  const height = top + stages.length * rowHeight + 24
  return card(frame.title, height, rows, runs(to, frame) ? [dayRunsNote] : [])
}
