import {
  type Estimate,
  type ExperimentNumbers,
  experimentMetrics,
  type VersionNumbers,
} from '../analytics/experiment.ts'
import { count, none } from '../analytics/show.ts'
import { columns, title } from './report-tables.ts'

/** Versions of the prompt with their intervals, and what can be concluded of each against the first. */
export const experimentTable = ({ versions, compared_since, ...period }: ExperimentNumbers): string =>
  [
    title('Версии подсказки', period),
    '',
    ...(compared_since === null
      ? []
      : [`Сравнение возможно с ${compared_since}: раньше не хранится, что версия сделала для каждого.`, '']),
    ...columns({
      head: [
        'Версия',
        'Людей',
        'Сессий',
        'Корзин',
        'Оценок',
        'Корзин на сессию',
        'Доля 👍',
        '₽ на корзину',
        'Ходов на ответ',
      ],
      rows: versions.map(version => [
        version.prompt_version,
        count(version.users),
        count(version.sessions),
        count(version.carts),
        count(version.rated),
        ...experimentMetrics.map(metric => estimate(version.metrics[metric])),
      ]),
    }),
    '',
    ...versions.slice(1).map(version => `${version.prompt_version}: ${conclusion(version)}`),
  ].join('\n')

const decimal = new Intl.NumberFormat('ru-RU', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const estimate = (value: Estimate | null): string =>
  value === null ? none : `${decimal.format(value.value)} (${decimal.format(value.low)}–${decimal.format(value.high)})`

const names = {
  carts_per_session: 'корзин на сессию',
  up_share: 'доля 👍',
  rub_per_cart: '₽ на корзину',
  turns_per_message: 'ходов на ответ',
}

function conclusion({ obstacle, verdicts }: VersionNumbers): string {
  if (obstacle !== null) return 'отвечала не одновременно с первой'
  const concluded = experimentMetrics.flatMap(metric => {
    const verdict = verdicts?.[metric] ?? 'unclear'
    return verdict === 'unclear' ? [] : [`${names[metric]} ${verdict === 'better' ? 'лучше' : 'хуже'}`]
  })
  return concluded.length === 0 ? 'пока нельзя сказать' : concluded.join(', ')
}
