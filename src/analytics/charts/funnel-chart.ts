import { funnelShares, stageLabels } from '../dictionary.ts'
import type { Funnel } from '../numbers.ts'
import { percent } from '../show.ts'
import { card, emptyCard, look, rect, shortNumber, text } from './svg.ts'

const left = 250
const right = look.width - look.margin - 190
/** Where the shares stand, beside the bars. */
const shares = look.width - look.margin
const top = 140
const rowHeight = 112
const barHeight = 66

/** Six bars of falling length, each with its people, its share of the step before and of the first. */
export function funnelChart(stages: Funnel['stages'], title: string): string {
  const first = stages[0]?.users ?? 0
  if (first === 0) return emptyCard(title)
  const rows = funnelShares({ stages }).flatMap(({ stage, users, ofPrevious, ofFirst }, i) => {
    const y = top + i * rowHeight
    const length = ((right - left) * users) / first
    const people = shortNumber(users)
    const inside = length > 150
    return [
      rect(left, y, right - left, barHeight, look.grid, 10),
      rect(left, y, length, barHeight, look.green, 10),
      text(left - 24, y + 43, stageLabels[stage], { size: 30, anchor: 'end' }),
      text(inside ? left + 20 : left + length + 16, y + 44, people, {
        size: 32,
        weight: 700,
        fill: inside ? '#ffffff' : look.ink,
      }),
      ...(i === 0
        ? []
        : [
            text(shares, y + 30, `${percent(ofPrevious)} от пред.`, { size: 22, fill: look.ink, anchor: 'end' }),
            text(shares, y + 56, `${percent(ofFirst)} от /start`, { size: 20, fill: look.quiet, anchor: 'end' }),
          ]),
    ]
  })
  return card(title, top + stages.length * rowHeight + 20, rows)
}
