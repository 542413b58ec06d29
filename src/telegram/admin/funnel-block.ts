import { type Change, countChange, shareChange, showShortChange } from '../../analytics/change.ts'
import type { ComparedAnswer } from '../../analytics/compare.ts'
import { funnelShares, stageLabels } from '../../analytics/dictionary.ts'
import type { Funnel, FunnelStage, FunnelWindow } from '../../analytics/numbers.ts'
import { count, percent } from '../../analytics/show.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { counted } from '../wording.ts'
import { line, share, table } from './block-lines.ts'
import { changeLegend, comparedOf, withChange } from './change-lines.ts'
import { periodTitle } from './period-title.ts'

/** «Воронка за 7 дней (07.02 – 13.02), источник habr»: text and picture must name the same users. */
export const funnelTitle = (funnel: Funnel, today: string): string =>
  `Воронка ${periodTitle(funnel, today)}${funnel.source === null ? '' : `, источник ${funnel.source}`}`

export interface StepChanges {
  users: Change
  ofPrevious: Change | undefined
  ofFirst: Change | undefined
}

/** How each step of two funnels differs: its users, and their share of the step before and of the first. */
export function stepChanges(now: Pick<Funnel, 'stages'>, before: Pick<Funnel, 'stages'>): StepChanges[] {
  const usersOf = ({ stages }: Pick<Funnel, 'stages'>, i: number) => stages[i]?.users ?? 0
  return now.stages.map((_, i) => {
    const of = (step: number) =>
      shareChange({ n: usersOf(now, i), of: usersOf(now, step) }, { n: usersOf(before, i), of: usersOf(before, step) })
    return {
      users: countChange(usersOf(now, i), usersOf(before, i)),
      ofPrevious: i === 0 ? undefined : of(i - 1),
      ofFirst: i === 0 ? undefined : of(0),
    }
  })
}

const nameWidth = 9
const widths = [7, 8, 10] as const
/** A row of the table. Columns stay apart; a short name gives its room to what is wider than its column. */
function columns([name = '', ...cells]: readonly string[]): string {
  const padded = cells.map((cell, i) => ` ${cell.padStart((widths[i] ?? 1) - 1)}`)
  const excess = padded.reduce((sum, cell, i) => sum + cell.length - (widths[i] ?? 0), 0)
  return `${name.padEnd(nameWidth - excess)}${padded.join('')}`.trimEnd()
}

/** Six stages with their users, % of the stage before and of the first, the changes below them; then the conversion window. */
export function funnelBlock(
  funnel: Funnel,
  answer: ComparedAnswer<Funnel>,
  window: FunnelWindow,
  comparedWindow: ComparedAnswer<FunnelWindow>,
  today: string,
): Html {
  const compared = comparedOf(answer)
  const changes = compared === null ? [] : stepChanges(compared.now, compared.before)
  const shown = (change: Change | undefined) =>
    change === undefined || change.kind === 'none' ? '' : showShortChange(change)
  const rows = funnelShares(funnel).flatMap(({ stage, users, ofPrevious, ofFirst }, i) => {
    const change = changes[i]
    return [
      columns([stageLabels[stage], count(users), percent(ofPrevious), percent(ofFirst)]),
      ...(change === undefined
        ? []
        : [columns(['', shown(change.users), shown(change.ofPrevious), shown(change.ofFirst)])]),
    ]
  })
  return joinHtml(
    [
      table(`🔻 ${funnelTitle(funnel, today)}`, [columns(['Шаг', 'Людей', 'от пред', 'от /start']), ...rows]),
      html`<pre>${windowRows(funnel, window, comparedWindow).join('\n')}</pre>`,
      changeLegend(answer),
    ],
    '\n',
  )
}

/** Whose time is not over is counted apart: their share can still grow. */
function windowRows({ open, stages }: Funnel, window: FunnelWindow, answer: ComparedAnswer<FunnelWindow>): string[] {
  const compared = comparedOf(answer)
  const usersOf = (of: FunnelWindow | undefined, stage: FunnelStage) =>
    of?.stages.find(each => each.stage === stage)?.users ?? 0
  const closed = usersOf(window, 'start')
  const reached = (of: FunnelWindow | undefined) => ({ n: usersOf(of, 'cart'), of: usersOf(of, 'start') })
  const change = compared === null ? undefined : shareChange(reached(compared.now), reached(compared.before))
  return [
    `Окно: ${counted(window.days, ['день', 'дня', 'дней'])} после /start`,
    ` ${line('Ещё идёт', 13, `${count(open)} из ${count(stages[0]?.users ?? 0)}`)}`,
    ...(closed === 0
      ? []
      : [
          ` ${line('Закончилось', 13, count(closed))}`,
          ...withChange(` ${line('Из них с корзиной', 18, share(usersOf(window, 'cart'), closed))}`, change),
        ]),
  ]
}
