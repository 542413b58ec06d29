import type { ComparedAnswer } from '../../analytics/compare.ts'
import { comparedSources, sourceColumns } from '../../analytics/compared-sources.ts'
import type { SourceRow } from '../../analytics/numbers.ts'
import type { Period } from '../../analytics/period.ts'
import type { Source } from '../../events/catalogue.ts'
import { type Html, joinHtml } from '../html.ts'
import { line, table } from './block-lines.ts'
import { changeLegend, withChange } from './change-lines.ts'
import { periodTitle } from './period-title.ts'

export const sourceNames: Record<Source, string> = {
  habr: 'Хабр',
  vc: 'vc.ru',
  telegram: 'Telegram',
  referral: 'Друзья',
  organic: 'Сами нашли',
}

/** One paragraph a source: a table would not fit a phone. A source that the period before had alone is shown with zeros. */
export function sourcesBlock(
  period: Period,
  rows: readonly SourceRow[],
  answer: ComparedAnswer<SourceRow[]>,
  today: string,
): Html {
  const paragraphs = comparedSources(rows, answer).map(({ row, changes }) => [
    `${sourceNames[row.source]} (${row.source}):`,
    ...sourceColumns.flatMap(({ label, show }, i) => withChange(` ${line(label, 15, show(row))}`, changes?.[i])),
  ])
  const body = paragraphs.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines]))
  return joinHtml(
    [
      table(`🧭 Источники ${periodTitle(period, today)}`, body.length === 0 ? ['Пока никого.'] : body),
      changeLegend(answer),
    ],
    '\n',
  )
}
