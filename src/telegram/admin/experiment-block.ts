import {
  type Estimate,
  type ExperimentMetric,
  type ExperimentNumbers,
  type ExperimentVerdict,
  experimentDays,
  experimentMetrics,
  leastForVerdict,
  type VersionNumbers,
} from '../../analytics/experiment.ts'
import { mean, none, percent, rub } from '../../analytics/show.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { counted } from '../wording.ts'
import { periodTitle, shortDay } from './period-title.ts'

const nbsp = '\u00A0'
const hundredths = new Intl.NumberFormat('ru-RU', { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const decimal = (value: number): string => hundredths.format(value)

const metricTexts: Record<ExperimentMetric, { label: string; show: (value: number) => string }> = {
  carts_per_session: { label: 'Корзин на сессию', show: decimal },
  up_share: { label: 'Доля 👍', show: percent },
  rub_per_cart: { label: '₽ модели на корзину', show: rub },
  turns_per_message: { label: 'Ходов на ответ', show: mean },
}

const texts = {
  title: (period: string) => `🧪 Версии подсказки ${period}`,
  tooOld: (since: string) =>
    `Версии сравниваются по отдельным людям, а это хранится ${counted(experimentDays, ['день', 'дня', 'дней'])}. Возьмите период, который начинается не раньше ${shortDay(since)}.${since.slice(0, 4)}.`,
  nothing: 'Модель ещё никому не отвечала.',
  alone: 'Отвечала одна версия, сравнивать не с чем. Вторую включает настройка PROMPT_VARIANTS.',
  base: 'основная',
  size: ({ users, sessions, carts, rated }: VersionNumbers) =>
    `${counted(users, ['человек', 'человека', 'человек'])}, ${counted(sessions, ['сессия', 'сессии', 'сессий'])}, ${counted(carts, ['корзина', 'корзины', 'корзин'])}, ${counted(rated, ['оценка', 'оценки', 'оценок'])}`,
  apart: 'Сравнить нельзя: версии отвечали не одновременно.',
  unclear: 'Пока нельзя сказать, лучше ли она.',
  verdict: (better: string[], worse: string[]) =>
    [
      ...(better.length > 0 ? [`✅ Лучше: ${better.join(', ')}`] : []),
      ...(worse.length > 0 ? [`❌ Хуже: ${worse.join(', ')}`] : []),
    ].join('\n'),
  footnote: `В скобках 95${nbsp}% интервалы. Вывод – если разность с основной версией не объясняется случайностью (с поправкой на число сравнений) и у обеих хотя бы по ${leastForVerdict} человек. Без тех, кто удалил свои данные.`,
}

/** The answer to /admin_experiment: each version of the prompt by its numbers, and what can be concluded. */
export function experimentBlock(numbers: ExperimentNumbers, today: string): Html {
  const { versions, compared_since } = numbers
  const title = html`<b>${texts.title(periodTitle(numbers, today))}</b>`
  if (compared_since !== null) return joinHtml([title, html`${texts.tooOld(compared_since)}`], '\n\n')
  if (versions.length === 0) return joinHtml([title, html`${texts.nothing}`], '\n\n')
  const alone = versions.length === 1 ? [html`${texts.alone}`] : []
  return joinHtml([title, ...versions.map(version), ...alone, html`<i>${texts.footnote}</i>`], '\n\n')
}

function version(numbers: VersionNumbers): Html {
  const { prompt_version, metrics, verdicts } = numbers
  const rows = [
    html`<b><code>${prompt_version}</code>${verdicts === null ? `, ${texts.base}` : ''}</b>`,
    html`${texts.size(numbers)}`,
    ...experimentMetrics.map(metric => html`${metricTexts[metric].label}: ${estimate(metrics[metric], metric)}`),
  ]
  if (verdicts !== null) rows.push(html`<b>${conclusion(numbers, verdicts)}</b>`)
  return joinHtml(rows, '\n')
}

function estimate(value: Estimate | null, metric: ExperimentMetric): string {
  if (value === null) return none
  const { show } = metricTexts[metric]
  return `${show(value.value)} (${show(value.low)}–${show(value.high)})`
}

function conclusion({ obstacle }: VersionNumbers, verdicts: Record<ExperimentMetric, ExperimentVerdict>): string {
  if (obstacle !== null) return texts.apart
  const labelsOf = (wanted: ExperimentVerdict) =>
    experimentMetrics.filter(metric => verdicts[metric] === wanted).map(metric => lower(metricTexts[metric].label))
  const [better, worse] = [labelsOf('better'), labelsOf('worse')]
  return better.length + worse.length === 0 ? texts.unclear : texts.verdict(better, worse)
}

const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
