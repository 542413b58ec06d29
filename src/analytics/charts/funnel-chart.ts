import { type Change, showChange } from '../change.ts'
import { funnelShares, stageLabels } from '../dictionary.ts'
import type { Funnel } from '../numbers.ts'
import { count, percent } from '../show.ts'
import { fitting } from './format.ts'
import { type ChartFrame, dayRunsNote, runs } from './frame.ts'
import { card, emptyCard, hollowRect, look, rect, text, within } from './svg.ts'

export type FunnelPicture = Pick<Funnel, 'stages' | 'from' | 'to' | 'open'>

/** What the picture of the funnel takes beside it: how each step differs from the period before. */
export interface FunnelFrame extends ChartFrame {
  changes?: readonly { users: Change; ofPrevious?: Change | undefined }[]
}

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
 * while the only day runs; else of the first one the part of those whose conversion window still runs, who can go further.
 */
export function funnelChart({ stages, from, to, open }: FunnelPicture, frame: FunnelFrame): string {
  const first = stages[0]?.users ?? 0
  if (!(first > 0)) return emptyCard(frame.title)
  const draw = runs(from, frame) ? hollowRect : rect
  const rows = funnelShares({ stages }).flatMap(({ stage, users, ofPrevious, ofFirst }, i) => {
    const y = top + i * rowHeight
    const length = users > 0 ? Math.max(leastBar, within(users / first, 1) * (right - left)) : 0
    const written = fitting(users)
    const openLength = i === 0 && draw === rect ? within(open / first, 1) * length : 0
    const inside = length - openLength > roomFor(written)
    const change = shown(i === 0 ? frame.changes?.[i]?.users : frame.changes?.[i]?.ofPrevious)
    const side = (line: number, content: string, fill: string = look.ink) =>
      text(look.width - look.margin, y + line, content, { size: 26, fill, anchor: 'end' })
    return [
      rect(left, y, right - left, barHeight, look.grid, 12),
      draw(left, y, length, barHeight, look.green, Math.min(12, length / 2)),
      ...(openLength > 0 ? [hollowRect(left + length - openLength, y, openLength, barHeight, look.green, 12)] : []),
      text(left - 24, y + 46, stageLabels[stage], { size: 32, anchor: 'end' }),
      // a hollow end leaves no ground for the number beside the full part: it stands on the hollow one
      text(inside ? left + 20 : left + (openLength > 0 ? length - openLength : length) + 16, y + 48, written, {
        size: 34,
        weight: 700,
        fill: inside && draw === rect ? look.background : look.ink,
      }),
      ...(i === 0
        ? [side(46, change)]
        : [
            side(24, `${percent(ofPrevious)} от пред.`),
            side(56, `${percent(ofFirst)} от /start`, look.quiet),
            side(88, change),
          ]),
    ]
  })
  const notes = [
    ...(runs(to, frame) ? [dayRunsNote] : []),
    ...(open > 0 && draw === rect
      ? [{ text: `ещё могут дойти: ${count(open)} из ${count(first)}`, hollow: true }]
      : []),
  ]
  const height = top + stages.length * rowHeight + 24
  return card(frame.title, height, rows, notes)
}

const shown = (change: Change | undefined): string =>
  change === undefined || change.kind === 'none' ? '' : showChange(change)
