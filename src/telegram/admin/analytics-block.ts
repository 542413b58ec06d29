import type { ComparedAnswer } from '../../analytics/compare.ts'
import { funnelShares, type NumberDefinition, stageLabels, summaryNumbers } from '../../analytics/dictionary.ts'
import type { Funnel, Summary } from '../../analytics/numbers.ts'
import { planFormat } from '../../analytics/plan-format.ts'
import { percent } from '../../analytics/show.ts'
import { type Html, joinHtml } from '../html.ts'
import { line, table } from './block-lines.ts'
import { changeLegend, comparedOf, withChange } from './change-lines.ts'
import { stepChanges } from './funnel-block.ts'
import { periodTitle } from './period-title.ts'

/** What one answer of /admin_analytics is made of. */
export interface AnalyticsNumbers {
  summary: Summary
  funnel: Funnel
}

type Row = readonly string[]

/** Users, carts, funnel, costs, errors, each number beside its change. */
export function analyticsBlock(
  { summary, funnel }: AnalyticsNumbers,
  answer: ComparedAnswer<AnalyticsNumbers>,
  today: string,
): Html {
  const compared = comparedOf(answer)
  const changeOf = (number: NumberDefinition) =>
    compared === null ? undefined : number.change(compared.now.summary, compared.before.summary)
  const group = (name: NumberDefinition['group']) =>
    summaryNumbers
      .filter(number => number.group === name)
      .flatMap(number => withChange(` ${line(number.label, 16, number.show(summary))}`, changeOf(number)))
  const changes = compared === null ? [] : stepChanges(compared.now.funnel, compared.before.funnel)
  const steps = stepNames(funnel).flatMap(({ name, ofPrevious }, i) =>
    withChange(` ${line(name, 19, percent(ofPrevious))}`, changes[i + 1]?.ofPrevious),
  )
  const errors = summaryNumbers
    .filter(number => number.group === 'Ошибки')
    .flatMap(number => withChange(line(number.label, 7, number.show(summary)), changeOf(number)))
  const rows = layout({ group, steps, errors })
  return joinHtml([table(titleOf(summary, today), rows), changeLegend(answer)], '\n')
}

/** The block of the analytics plan, letter by letter: without changes. */
export function planBlock({ summary, funnel }: AnalyticsNumbers, today: string): Html {
  const group = (name: NumberDefinition['group']) =>
    summaryNumbers
      .filter(number => number.group === name)
      .map(number => `  ${line(number.label, 16, number.show(summary, planFormat))}`)
  const steps = stepNames(funnel).map(({ name, ofPrevious }) => `  ${line(name, 22, planFormat.percent(ofPrevious))}`)
  const errors = summaryNumbers
    .filter(number => number.group === 'Ошибки')
    .map(number => line(number.label, 17, number.show(summary, planFormat)))
  return table(titleOf(summary, today), layout({ group, steps, errors }))
}

const titleOf = (summary: Summary, today: string): string => `📊 Аналитика ${periodTitle(summary, today)}`

const layout = (parts: { group: (name: NumberDefinition['group']) => Row; steps: Row; errors: Row }): string[] => [
  'Пользователи:',
  ...parts.group('Пользователи'),
  '',
  'Корзины:',
  ...parts.group('Корзины'),
  '',
  'Воронка:',
  ...parts.steps,
  '',
  'Расходы:',
  ...parts.group('Расходы'),
  '',
  ...parts.errors,
]

/** «Поиск → корзина» with its share of the step before. */
const stepNames = (funnel: Funnel) =>
  funnelShares(funnel)
    .slice(1)
    .map(({ stage, ofPrevious }, i) => {
      const before = stageLabels[funnel.stages[i]?.stage ?? 'start']
      return { name: `${before.charAt(0).toUpperCase()}${before.slice(1)} → ${stageLabels[stage]}`, ofPrevious }
    })
