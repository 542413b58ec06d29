import { expect, test } from 'vitest'
import type { Funnel, SourceRow, Summary, SurveyNumbers, UserRecord } from '../../analytics/numbers.ts'
import { planFormat } from '../../analytics/plan-format.ts'
import { plainText } from '../html.ts'
import {
  analyticsBlock,
  cohortsBlock,
  funnelBlock,
  funnelTitle,
  periodTitle,
  pitchBlock,
  searchesBlock,
  sourcesBlock,
  surveyBlock,
} from './blocks.ts'
import { userBlock } from './user-block.ts'

const week = { from: '2026-02-07', to: '2026-02-13' }
const summary: Summary = {
  ...week,
  new_users: 47,
  dau_avg: 83.4,
  active_users: 82,
  retention_d1: { returned: 16, cohort: 47 },
  retention_d7: { returned: 0, cohort: 0 },
  carts: 312,
  gmv: 430_560,
  avg_cart: 1380,
  carts_per_user: 3.8049,
  tokens: 4_210_000,
  cost_rub: 2730,
  cost_per_user: 33.29,
  errors: 7,
  messages: 318,
  error_share: 7 / 318,
}
const funnel: Funnel = {
  ...week,
  source: null,
  stages: [
    { stage: 'start', users: 100 },
    { stage: 'message', users: 89 },
    { stage: 'search', users: 64 },
    { stage: 'cart', users: 37 },
    { stage: 'limit', users: 9 },
    { stage: 'survey', users: 5 },
  ],
  open: 12,
}
const noAnswers = {
  answers: 0,
  pmf: { very: 0, somewhat: 0, not: 0 },
  others: { very: 0, somewhat: 0, not: 0 },
  useful: { search: 0, recipe: 0, cart: 0, other: 0 },
  score: null,
  feedback: [],
}

test('the block of the plan, line by line', () => {
  expect(
    plainText(analyticsBlock(summary, funnel, planFormat)).replaceAll('\u00A0', ' '),
  ).toBe(`📊 Аналитика за 7 дней (07.02 – 13.02)

Пользователи:
  Новых:           47
  DAU (средний):   83
  Активных:        82
  Retention D1:    34% (n=47)
  Retention D7:    —

Корзины:
  Создано:         312
  Средний чек:     1,380₽
  GMV (оценка):    430,560₽
  Ср. корзин/юзер: 3.8

Воронка:
  /start → сообщение:    89%
  Сообщение → поиск:     72%
  Поиск → корзина:       58%
  Корзина → лимит:       24%
  Лимит → survey:        56%

Расходы:
  Токенов:         4.2M
  Стоимость API:   2,730₽
  На пользователя: 33₽

Ошибки:           7 (2.2% запросов)`)
})

test('an empty base shows zeros and dashes', () => {
  const zero: Summary = {
    ...summary,
    new_users: 0,
    dau_avg: 0,
    active_users: 0,
    carts: 0,
    gmv: 0,
    avg_cart: null,
    carts_per_user: null,
    retention_d1: { returned: 0, cohort: 0 },
    tokens: 0,
    cost_rub: 0,
    cost_per_user: null,
    errors: 0,
    messages: 0,
    error_share: null,
  }
  const empty = { ...funnel, stages: funnel.stages.map(s => ({ ...s, users: 0 })) }

  const block = plainText(analyticsBlock(zero, empty))

  expect(block).toMatch(/Новых: +0\n/)
  expect(block).toMatch(/Средний чек: +—\n/)
  expect(block).toMatch(/\/start → сообщение: +—\n/)
  expect(block).toContain('Ошибки:           0 (— запросов)')
})

test.each([
  [{ from: '2026-02-13', to: '2026-02-13' }, 'за сегодня (13.02)'],
  [{ from: '2026-02-12', to: '2026-02-13' }, 'за 2 дня (12.02 – 13.02)'],
  [{ from: '2026-01-24', to: '2026-02-13' }, 'за 21 день (24.01 – 13.02)'],
  [{ from: '2026-01-15', to: '2026-02-13' }, 'за 30 дней (15.01 – 13.02)'],
  [{ from: '2025-12-31', to: '2026-01-01' }, 'за 2 дня (31.12.2025 – 01.01.2026)'],
])('the period %j is called «%s»', (period, title) => {
  expect(periodTitle(period).replaceAll('\u00A0', ' ')).toBe(title)
})

test('the funnel shows percent of the previous step and of the first', () => {
  const rows = plainText(funnelBlock({ ...funnel, source: 'habr' })).split('\n')

  expect(rows[0]).toContain('источник habr')
  expect(rows.at(-1)).toMatch(/survey +5 +55,6\s% +5\s%/)
})

test('the title of the picture names the source as the text does', () => {
  const title = funnelTitle({ ...funnel, source: 'habr' })

  expect(title.replaceAll('\u00A0', ' ')).toBe('Воронка за 7 дней (07.02 – 13.02), источник habr')
  expect(plainText(funnelBlock({ ...funnel, source: 'habr' }))).toContain(title)
})

test('a source counts users with a cart apart from those whose first cart it was', () => {
  const habr: SourceRow = {
    source: 'habr',
    users: 40,
    new_users: 12,
    with_cart: 10,
    first_carts: 4,
    carts: 15,
    gmv: 20_700,
    cost_rub: 31,
  }

  const block = plainText(sourcesBlock(week, [habr]))

  expect(block).toMatch(/Людей: +40, новых 12\n {2}С корзиной: +10 \(25\s%\)\n {2}Первая корзина: +4\n/)
})

test('a user’s record fits a phone and says the answer of the survey in Russian', () => {
  const at = new Date('2026-02-12T21:30:00Z')
  const user: UserRecord = {
    user_id: 7,
    registered_at: at,
    started_at: at,
    source: 'habr',
    invited_by: null,
    invited: 0,
    last_message_at: at,
    active_days: 3,
    sessions: 4,
    messages: 12,
    searches: 9,
    errors: 0,
    carts_created: 2,
    cart_limit: 5,
    gmv: 2760,
    tokens: 12_000,
    cost_rub: 7.8,
    survey_completed_at: at,
    pmf: 'very',
    consent_at: at,
    consent_withdrawn_at: null,
    blocked_at: null,
    block_reason: null,
  }

  const lines = plainText(userBlock(user, 'Europe/Moscow')).split('\n')

  expect(lines).toContainEqual(expect.stringMatching(/^Расстроится: +очень$/))
  expect(lines).toContainEqual(expect.stringMatching(/^Опрос: +13\.02\.2026/))
  expect(Math.max(...lines.map(text => text.length))).toBeLessThanOrEqual(36)
})

test('nothing to show is stated in words', () => {
  expect(plainText(sourcesBlock(week, []))).toContain('Пока никого')
  expect(plainText(cohortsBlock([]))).toContain('Пока никого')
  expect(plainText(searchesBlock({ ...week, frequent: [], missing: [] }))).toContain('пока нечего показать')
  expect(plainText(surveyBlock(noAnswers))).toContain('Ответов для PMF ещё нет')
})

test.each([
  [{ answers: 10, score: { share: 0.8, low: 0.49, high: 0.94 } }, 'Ответов мало'],
  [{ answers: 100, score: { share: 0.6, low: 0.5, high: 0.69 } }, 'продукт нужен людям'],
  [{ answers: 100, score: { share: 0.2, low: 0.13, high: 0.29 } }, 'ещё не дошли'],
  [{ answers: 100, score: { share: 0.42, low: 0.33, high: 0.52 } }, 'ни да, ни нет'],
])('from %j the survey says no more than «%s»', (numbers, words) => {
  const survey: SurveyNumbers = { ...noAnswers, ...numbers }

  expect(plainText(surveyBlock(survey))).toContain(words)
})

test('answers of users who hardly know the bot are shown apart from PMF', () => {
  const shown = plainText(
    surveyBlock({
      ...noAnswers,
      answers: 2,
      pmf: { very: 2, somewhat: 0, not: 0 },
      others: { very: 0, somewhat: 1, not: 3 },
      useful: { search: 3, recipe: 0, cart: 3, other: 0 },
      score: { share: 1, low: 0.34, high: 1 },
    }),
  )

  expect(shown).toMatch(/Ответов: +2\n/)
  expect(shown).toMatch(/Вне PMF: 4\n[\s\S]*нет: +3 \(75\s%\)/)
  expect(shown).toMatch(/3 \(50\s%\)/)
})

test('feedback and queries are text and never markup', () => {
  const survey = surveyBlock({ ...noAnswers, feedback: [{ day: '2026-02-13', pmf: 'very', text: '<b>&</b>' }] })
  const searches = searchesBlock({
    ...week,
    frequent: [{ query: '<a>', searches: 5, users: 4, empty: 0 }],
    missing: [],
  })

  expect(survey.source).toContain('&lt;b&gt;&amp;&lt;/b&gt;')
  expect(searches.source).toContain('&lt;a&gt;')
})

test('the pitch labels its assumption', () => {
  const pitch = plainText(pitchBlock({ ...week, carts: 312, gmv: 430_560, order_share: 0.3, orders_gmv: 129_168 }))

  expect(pitch.replaceAll('\u00A0', ' ')).toContain('~30 % конвертируются в заказы = ~129 168 ₽ GMV')
  expect(pitch).toContain('предположение')
})
