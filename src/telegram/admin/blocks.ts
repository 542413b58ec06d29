import type { CohortRow, Pitch, Searches, SurveyNumbers } from '../../analytics/numbers.ts'
import { addDays, mondayOf } from '../../analytics/period.ts'
import { count, none, percent, ratio, rub } from '../../analytics/show.ts'
import { defuseLinks } from '../../assistant/links.ts'
import type { Pmf, UsefulFeature } from '../../events/catalogue.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { counted } from '../wording.ts'
import { line, share, table } from './block-lines.ts'
import { periodTitle, shortDay } from './period-title.ts'

/** Weekly cohorts: how many percent of each came back in week 0, 1, 2…; the week that still runs is marked. */
export function cohortsBlock(rows: readonly CohortRow[], today: string): Html {
  const weeks = Math.min(6, Math.max(0, ...rows.map(row => row.active.length)))
  const thisWeek = mondayOf(today)
  const head = ['Неделя', 'Новых', ...Array.from({ length: weeks }, (_, i) => `н${i}`)]
  const cells = rows.map(({ week, size, active }) => [
    shortDay(week),
    count(size),
    ...active.slice(0, weeks).map((n, i) => {
      const share = ratio(n, size)
      const runs = addDays(week, 7 * i) === thisWeek
      return `${share === null ? none : Math.round(share * 100)}${runs ? '…' : ''}`
    }),
  ])
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map(cell => cell[i]?.length ?? 0)))
  const rowOf = (cell: readonly string[]) => cell.map((text, i) => text.padStart(widths[i] ?? 0)).join(' ')
  const body = rows.length === 0 ? ['Пока никого.'] : [rowOf(head), ...cells.map(rowOf)]
  return joinHtml([table('👥 Когорты по неделям, вернулись, %', body), html`<i>… – неделя ещё идёт.</i>`], '\n')
}

export const pmfLabels: Record<Pmf, string> = { very: 'очень', somewhat: 'немного', not: 'нет' }
const featureLabels: Record<UsefulFeature, string> = {
  search: 'поиск',
  recipe: 'рецепты',
  cart: 'корзина',
  other: 'другое',
}

/** What the share of «very» among that many answers allows to conclude (Sean Ellis: 40 % means fit). */
function verdict({ answers, score }: SurveyNumbers): string {
  if (score === null) return 'Ответов для PMF ещё нет.'
  if (answers < 30) return 'Ответов мало: это наблюдение, не вывод (нужно хотя бы 30, лучше 40).'
  if (score.low >= 0.4) return 'Весь интервал выше 40 %: продукт нужен людям.'
  if (score.high < 0.4) return 'Весь интервал ниже 40 %: до соответствия рынку ещё не дошли.'
  return '40 % внутри интервала: пока нельзя сказать ни да, ни нет.'
}

/** The survey: PMF score with its 95 % interval, answers that it leaves out, useful features, the last texts. */
export function surveyBlock(survey: SurveyNumbers): Html {
  const { answers, pmf, others, useful, score, feedback } = survey
  const otherAnswers = others.very + others.somewhat + others.not
  const interval =
    score === null ? none : `${percent(score.share)} (95 %: ${percent(score.low)} – ${percent(score.high)})`
  const rows = [
    line('Ответов', 16, count(answers)),
    line('PMF', 16, interval),
    '',
    'Расстроятся без бота:',
    ...keysOf(pmf).map(key => `  ${line(pmfLabels[key], 14, share(pmf[key], answers))}`),
    '',
    `Вне PMF: ${count(otherAnswers)}`,
    ...(otherAnswers === 0
      ? []
      : keysOf(others).map(key => `  ${line(pmfLabels[key], 14, share(others[key], otherAnswers))}`)),
    '',
    'Полезнее всего (все):',
    ...keysOf(useful).map(key => `  ${line(featureLabels[key], 14, share(useful[key], answers + otherAnswers))}`),
  ]
  const texts = feedback.map(
    ({ day, pmf: answer, text }) => html`• ${shortDay(day)} (${pmfLabels[answer]}): ${defuseLinks(text)}`,
  )
  const quotes = texts.length === 0 ? [] : [html`<b>Последние отзывы</b>\n${joinHtml(texts, '\n')}`]
  const population = html`<i>PMF – по тем, у кого было две корзины и сессия за 30 дней до ответа.</i>`
  return joinHtml([table('📝 Опрос', rows), html`${verdict(survey)}`, population, ...quotes], '\n\n')
}
const keysOf = <K extends string>(record: Record<K, unknown>): K[] => Object.keys(record) as K[]

/** Most frequent searches and those that found nothing; only what at least three users asked for. */
export function searchesBlock(searches: Searches, today: string): Html {
  const list = (rows: Searches['frequent'], value: (row: Searches['frequent'][number]) => string): Html =>
    rows.length === 0
      ? html`пока нечего показать`
      : joinHtml(
          rows.map((row, i) => html`${i + 1}. ${defuseLinks(row.query)}: ${value(row)}`),
          '\n',
        )
  const counts = (n: number) => counted(n, ['человек', 'человека', 'человек'])
  return joinHtml(
    [
      html`<b>🔎 Поиск ${periodTitle(searches, today)}</b>`,
      html`<b>Чаще всего</b>\n${list(searches.frequent, row => `${count(row.searches)}, ${counts(row.users)}`)}`,
      html`<b>Не находится</b>\n${list(searches.missing, row => `${count(row.empty)} из ${count(row.searches)}`)}`,
      html`<i>Только то, что искали хотя бы три человека.</i>`,
    ],
    '\n\n',
  )
}

/** The plan's honest sentence for ВкусВилл. */
export const pitchBlock = (pitch: Pitch, today: string): Html =>
  html`<b>🤝 Для ВкусВилла ${periodTitle(pitch, today)}</b>\n\nБот сгенерировал ${counted(pitch.carts, ['корзину', 'корзины', 'корзин']).replace(/^\d+/, count(pitch.carts))} на сумму ${rub(pitch.gmv)}. По нашей оценке, ~${percent(pitch.order_share)} конвертируются в заказы = ~${rub(pitch.orders_gmv)} GMV.\n\n<i>${percent(pitch.order_share)} – предположение (настройка ORDER_CONVERSION_PERCENT), а не измерение: открыл ли человек корзину, заказал ли и на какую сумму, бот не знает.</i>`
