import type { Change } from '../../analytics/change.ts'
import { showShortChange } from '../../analytics/change.ts'
import type { ComparedAnswer } from '../../analytics/compare.ts'
import { type Html, html } from '../html.ts'
import { daysTitle } from './period-title.ts'
import { texts } from './texts.ts'

/** Characters of a fixed-width font beside each other on a phone. */
const phoneWidth = 34

/** Answer for the finished days with the same answer of the days before, or null where nothing can be compared. */
export const comparedOf = <T>(compared: ComparedAnswer<T>) => (typeof compared === 'string' ? null : compared)

/** A line of a block with the change at its end; on a line of its own where a phone has no room for both. */
export function withChange(line: string, change: Change | undefined): string[] {
  if (change === undefined || change.kind === 'none') return [line]
  const shown = showShortChange(change)
  return line.length + 1 + shown.length <= phoneWidth
    ? [`${line} ${shown}`]
    : [line, shown.padStart(Math.min(line.length, phoneWidth))]
}

/** What the signs beside the numbers mean, or why there are none. */
export function changeLegend(compared: ComparedAnswer<unknown>): Html {
  if (compared === 'running') return html`<i>${texts.change.running}</i>`
  if (compared === 'nothing before') return html`<i>${texts.change.nothingBefore}</i>`
  const { now, before } = compared.periods
  return html`<i>${texts.change.legend(daysTitle(now), daysTitle(before))}</i>`
}
