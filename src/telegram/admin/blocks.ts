import { funnelShares, stageLabels, summaryNumbers } from '../../analytics/dictionary.ts'
import type { CohortRow, Funnel, Pitch, Searches, SourceRow, Summary, SurveyNumbers } from '../../analytics/numbers.ts'
import { lengthOf, type Period } from '../../analytics/period.ts'
import { count, type NumberFormat, none, percent, ratio, rub, russianFormat } from '../../analytics/show.ts'
import { defuseLinks } from '../../assistant/links.ts'
import type { Pmf, Source, UsefulFeature } from '../../events/catalogue.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { counted } from '../wording.ts'

/** «07.02» of `2026-02-07`. */
const shortDay = (day: string): string => `${day.slice(8, 10)}.${day.slice(5, 7)}`

/** «за 7 дней (07.02 – 13.02)», with years where two are touched; «за сегодня (13.02)» for a single day. */
export function periodTitle({ from, to }: Period): string {
  if (from === to) return `за сегодня (${shortDay(to)})`
  const inOneYear = from.slice(0, 4) === to.slice(0, 4)
  const name = (day: string) => (inOneYear ? shortDay(day) : `${shortDay(day)}.${day.slice(0, 4)}`)
  return `за ${counted(lengthOf({ from, to }), ['день', 'дня', 'дней'])} (${name(from)} – ${name(to)})`
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const line = (label: string, width: number, value: string): string => `${`${label}:`.padEnd(width)} ${value}`
/** Figures stand under each other: a block in a fixed-width font. */
const table = (title: string, rows: readonly string[]): Html => html`<b>${title}</b>\n\n<pre>${rows.join('\n')}</pre>`

/** The plan's block: users, carts, funnel, costs, errors, line by line. */
export function analyticsBlock(summary: Summary, funnel: Funnel, format: NumberFormat = russianFormat): Html {
  const group = (name: string) =>
    summaryNumbers.filter(n => n.group === name).map(n => `  ${line(n.label, 16, n.show(summary, format))}`)
  const steps = funnelShares(funnel)
    .slice(1)
    .map(({ stage, ofPrevious }, i) => {
      const before = funnel.stages[i]?.stage ?? 'start'
      const step = `${capitalised(stageLabels[before])} → ${stageLabels[stage]}`
      return `  ${line(step, 22, format.percent(ofPrevious))}`
    })
  const errors = summaryNumbers.filter(n => n.group === 'Ошибки').map(n => line(n.label, 17, n.show(summary, format)))
  return table(`📊 Аналитика ${periodTitle(summary)}`, [
    'Пользователи:',
    ...group('Пользователи'),
    '',
    'Корзины:',
    ...group('Корзины'),
    '',
    'Воронка:',
    ...steps,
    '',
    'Расходы:',
    ...group('Расходы'),
    '',
    ...errors,
  ])
}

/** «Воронка за 7 дней (07.02 – 13.02), источник habr»: text and picture must name the same users. */
export const funnelTitle = (funnel: Funnel): string =>
  `Воронка ${periodTitle(funnel)}${funnel.source === null ? '' : `, источник ${funnel.source}`}`

/** Six stages with their users, % of the stage before and of the first. */
export function funnelBlock(funnel: Funnel): Html {
  return table(`🔻 ${funnelTitle(funnel)}`, [
    `${'Шаг'.padEnd(10)} ${'Людей'.padStart(7)} ${'от пред.'.padStart(8)} ${'от /start'.padStart(9)}`,
    ...funnelShares(funnel).map(({ stage, users, ofPrevious, ofFirst }) =>
      [
        stageLabels[stage].padEnd(10),
        count(users).padStart(7),
        percent(ofPrevious).padStart(8),
        percent(ofFirst).padStart(9),
      ].join(' '),
    ),
  ])
}

const sourceNames: Record<Source, string> = {
  habr: 'Хабр',
  vc: 'vc.ru',
  telegram: 'Telegram',
  referral: 'Друзья',
  organic: 'Сами нашли',
}

/** One paragraph a source: a table would not fit a phone. */
export function sourcesBlock(period: Period, rows: readonly SourceRow[]): Html {
  const paragraphs = rows.flatMap(row => [
    `${sourceNames[row.source]} (${row.source}):`,
    `  ${line('Людей', 16, `${count(row.users)}, новых ${count(row.new_users)}`)}`,
    `  ${line('С корзиной', 16, share(row.with_cart, row.users))}`,
    `  ${line('Первая корзина', 16, count(row.first_carts))}`,
    `  ${line('Корзин', 16, count(row.carts))}`,
    `  ${line('GMV (оценка)', 16, rub(row.gmv))}`,
    `  ${line('Модель', 16, rub(row.cost_rub))}`,
    '',
  ])
  return table(`🧭 Источники ${periodTitle(period)}`, rows.length === 0 ? ['Пока никого.'] : paragraphs.slice(0, -1))
}

/** Without decimals, for columns of a phone's width. */
const wholePercent = (share: number | null): number | null => (share === null ? null : Math.round(share * 100) / 100)

/** Weekly cohorts: how many of each came back in week 0, 1, 2… */
export function cohortsBlock(rows: readonly CohortRow[]): Html {
  const weeks = Math.min(6, Math.max(0, ...rows.map(row => row.active.length)))
  const head = ['Неделя', 'Новых', ...Array.from({ length: weeks }, (_, i) => `н${i}`)]
  const cells = rows.map(row => [
    shortDay(row.week),
    count(row.size),
    ...row.active.slice(0, weeks).map(active => percent(wholePercent(ratio(active, row.size)))),
  ])
  const widths = head.map((title, i) => Math.max(title.length, ...cells.map(cell => cell[i]?.length ?? 0)))
  const rowOf = (cell: readonly string[]) => cell.map((text, i) => text.padStart(widths[i] ?? 0)).join(' ')
  return table('👥 Когорты по неделям', rows.length === 0 ? ['Пока никого.'] : [rowOf(head), ...cells.map(rowOf)])
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
const share = (n: number, of: number): string => `${count(n)} (${percent(ratio(n, of))})`
const keysOf = <K extends string>(record: Record<K, unknown>): K[] => Object.keys(record) as K[]

/** Most frequent searches and those that found nothing; only what at least three users asked for. */
export function searchesBlock(searches: Searches): Html {
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
      html`<b>🔎 Поиск ${periodTitle(searches)}</b>`,
      html`<b>Чаще всего</b>\n${list(searches.frequent, row => `${count(row.searches)}, ${counts(row.users)}`)}`,
      html`<b>Не находится</b>\n${list(searches.missing, row => `${count(row.empty)} из ${count(row.searches)}`)}`,
      html`<i>Только то, что искали хотя бы три человека.</i>`,
    ],
    '\n\n',
  )
}

/** The plan's honest sentence for ВкусВилл. */
export const pitchBlock = (pitch: Pitch): Html =>
  html`<b>🤝 Для ВкусВилла ${periodTitle(pitch)}</b>\n\nБот сгенерировал ${counted(pitch.carts, ['корзину', 'корзины', 'корзин']).replace(/^\d+/, count(pitch.carts))} на сумму ${rub(pitch.gmv)}. По нашей оценке, ~${percent(pitch.order_share)} конвертируются в заказы = ~${rub(pitch.orders_gmv)} GMV.\n\n<i>${percent(pitch.order_share)} – предположение (настройка ORDER_CONVERSION_PERCENT), а не измерение: открыл ли человек корзину, заказал ли и на какую сумму, бот не знает.</i>`
