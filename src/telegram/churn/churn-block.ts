import { showShortChange } from '../../analytics/change.ts'
import type { ChurnReport } from '../../analytics/churn-report.ts'
import { count, none } from '../../analytics/show.ts'
import { line, share, table } from '../admin/block-lines.ts'
import { periodTitle, shortDay } from '../admin/period-title.ts'
import { sourceNames } from '../admin/sources-block.ts'
import { type Html, joinHtml } from '../html.ts'
import { stepNames, texts } from './texts.ts'

const width = 14
/** Days beyond the last two weeks would fill the screen; the report has them all. */
const mostDays = 14

/** Who blocked the bot: in all, by source, after which step, by day. */
export function churnBlock(report: ChurnReport, today: string): Html {
  const { blocks, unblocks, changes, by_source, by_step, by_day } = report
  const title = `🚪 Кто ушёл ${periodTitle(report, today)}`
  const compared = (value: number, change: ChurnReport['changes']['blocks']) => {
    const shown = showShortChange(change)
    return shown === none ? count(value) : `${count(value)}  ${shown}`
  }
  const both = (total: { blocks: number; unblocks: number }) =>
    total.unblocks === 0 ? count(total.blocks) : `${count(total.blocks)}, вернулись ${count(total.unblocks)}`
  const rows = [
    line('Заблокировали', width, compared(blocks, changes.blocks)),
    line('Вернулись', width, compared(unblocks, changes.unblocks)),
    '',
    'По источникам:',
    ...by_source.map(row => `  ${line(sourceNames[row.source], width - 2, share(row.blocks, row.users))}`),
    '',
    'После шага:',
    ...by_step.map(row => `  ${line(stepNames[row.step], width - 2, both(row))}`),
    '',
    'По дням:',
    ...by_day.slice(-mostDays).map(row => `  ${line(shortDay(row.day), width - 2, both(row))}`),
  ]
  const isQuiet = blocks + unblocks === 0
  return joinHtml(isQuiet ? [table(title, rows.slice(0, 2)), texts.none] : [table(title, rows), texts.note], '\n\n')
}
