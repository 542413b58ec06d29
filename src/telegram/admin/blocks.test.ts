import { expect, test } from 'vitest'
import type { Funnel, FunnelWindow, SourceRow, Summary, SurveyNumbers, UserRecord } from '../../analytics/numbers.ts'
import { type Html, plainText } from '../html.ts'
import { analyticsBlock, planBlock } from './analytics-block.ts'
import { cohortsBlock, pitchBlock, searchesBlock, surveyBlock } from './blocks.ts'
import { funnelBlock, funnelTitle } from './funnel-block.ts'
import { periodTitle } from './period-title.ts'
import { sourcesBlock } from './sources-block.ts'
import { userBlock } from './user-block.ts'

const week = { from: '2026-02-07', to: '2026-02-13' }
const today = '2026-02-13'
const periods = { now: { from: '2026-02-07', to: '2026-02-12' }, before: { from: '2026-01-31', to: '2026-02-05' } }
/** The widest line that a phone shows without breaking it. */
const phoneWidth = 34
/** The fixed-width part of a block. */
const fixedLines = (block: Html) =>
  [...block.source.matchAll(/<pre>([\s\S]*?)<\/pre>/g)].flatMap(([, pre = '']) => pre.split('\n'))
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
    plainText(planBlock({ summary, funnel }, today)).replaceAll('\u00A0', ' '),
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

  const block = plainText(analyticsBlock({ summary: zero, funnel: empty }, 'nothing before', today))

  expect(block).toMatch(/Новых: +0\n/)
  expect(block).toMatch(/Средний чек: +—\n/)
  expect(block).toMatch(/\/start → сообщение: +—\n/)
  expect(block).toContain('Ошибки: 0 (— запросов)')
})

test.each([
  [{ from: '2026-02-13', to: '2026-02-13' }, 'за сегодня (13.02)'],
  [{ from: '2026-02-12', to: '2026-02-12' }, 'за вчера (12.02)'],
  [{ from: '2026-02-11', to: '2026-02-11' }, 'за 11.02'],
  [{ from: '2025-02-11', to: '2025-02-11' }, 'за 11.02.2025'],
  [{ from: '2026-02-12', to: '2026-02-13' }, 'за 2 дня (12.02 – 13.02)'],
  [{ from: '2026-01-24', to: '2026-02-13' }, 'за 21 день (24.01 – 13.02)'],
  [{ from: '2026-01-15', to: '2026-02-13' }, 'за 30 дней (15.01 – 13.02)'],
  [{ from: '2025-12-31', to: '2026-01-01' }, 'за 2 дня (31.12.2025 – 01.01.2026)'],
])('the period %j is called «%s»', (period, title) => {
  expect(periodTitle(period, today).replaceAll('\u00A0', ' ')).toBe(title)
})

const noWindow: FunnelWindow = { ...week, source: null, days: 7, stages: funnel.stages.map(s => ({ ...s, users: 0 })) }
const uncompared = (of: Funnel) => funnelBlock(of, 'nothing before', noWindow, 'nothing before', today)

test('the funnel shows percent of the previous step and of the first, and whose window is still running', () => {
  const rows = plainText(uncompared({ ...funnel, source: 'habr' })).split('\n')

  expect(rows[0]).toContain('источник habr')
  expect(rows).toContainEqual(expect.stringMatching(/survey +5 +55,6\s% +5\s%/))
  expect(rows).toContainEqual(expect.stringMatching(/Ещё идёт: +12 из 100/))
})

test('the columns of the funnel stay apart, whatever their width', () => {
  const many = { ...funnel, stages: funnel.stages.map(({ stage, users }) => ({ stage, users: users * 123_456 })) }

  for (const of of [funnel, many]) {
    const [head, , message] = fixedLines(uncompared(of))
    expect(head).toMatch(/^Шаг +Людей +от пред +от \/start$/)
    expect(message).toMatch(/^сообщение +\d[\d\s]*\d +\d+\s% +\d+\s%$/)
  }
})

test('the title of the picture names the source as the text does', () => {
  const title = funnelTitle({ ...funnel, source: 'habr' }, today)

  expect(title.replaceAll('\u00A0', ' ')).toBe('Воронка за 7 дней (07.02 – 13.02), источник habr')
  expect(plainText(uncompared({ ...funnel, source: 'habr' }))).toContain(title)
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

  const block = plainText(sourcesBlock(week, [habr], 'nothing before', today))

  expect(block).toMatch(/Людей: +40\n Новых: +12\n С корзиной: +10 \(25\s%\)\n Первая корзина: +4\n/)
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
  expect(plainText(sourcesBlock(week, [], 'nothing before', today))).toContain('Пока никого')
  expect(plainText(cohortsBlock([], today))).toContain('Пока никого')
  expect(plainText(searchesBlock({ ...week, frequent: [], missing: [] }, today))).toContain('пока нечего показать')
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
  const searches = searchesBlock(
    {
      ...week,
      frequent: [{ query: '<a>', searches: 5, users: 4, empty: 0 }],
      missing: [],
    },
    today,
  )

  expect(survey.source).toContain('&lt;b&gt;&amp;&lt;/b&gt;')
  expect(searches.source).toContain('&lt;a&gt;')
})

test('the pitch labels its assumption', () => {
  const pitch = plainText(
    pitchBlock({ ...week, carts: 312, gmv: 430_560, order_share: 0.3, orders_gmv: 129_168 }, today),
  )

  expect(pitch.replaceAll('\u00A0', ' ')).toContain('~30 % конвертируются в заказы = ~129 168 ₽ GMV')
  expect(pitch).toContain('предположение')
})

const numbers = { summary, funnel }
const before = {
  summary: {
    ...summary,
    new_users: 20,
    gmv: 200_000,
    carts: 145,
    retention_d1: { returned: 15, cohort: 45 },
    errors: 30,
  },
  funnel: { ...funnel, stages: funnel.stages.map(s => (s.stage === 'cart' ? { ...s, users: 5 } : s)) },
}
const row = (block: Html, label: RegExp) => {
  const lines = fixedLines(block).map(text => text.replaceAll('\u00A0', ' '))
  const found = lines.findIndex(text => label.test(text))
  return `${lines[found]}${/^ +[▲▼≈]/.test(lines[found + 1] ?? '') ? (lines[found + 1] ?? '').trimStart() : ''}`
}

test('each number of the block stands beside its change, and a legend says what the signs mean', () => {
  const block = analyticsBlock(numbers, { now: numbers, before, periods }, today)

  expect(row(block, /Новых/)).toMatch(/47 ▲ 135 %$/)
  expect(row(block, /GMV/)).toMatch(/430 560 ₽ ?▲ 115 %$/)
  expect(row(block, /Retention D1/)).toMatch(/34 % \(n=47\) ≈$/)
  expect(row(block, /Retention D7/)).toMatch(/—$/)
  expect(row(block, /Поиск → корзина/)).toMatch(/57,8 % ?▲ ×7,4$/)
  expect(row(block, /Ошибки/)).toMatch(/7 \(2,2 % запросов\) ▼ 77 %$/)
  expect(plainText(block)).toContain(
    '▲ ▼ – 07.02 – 12.02 против 31.01 – 05.02, только законченные дни. ≈ – в пределах шума.',
  )
})

test('today alone is not compared, nor a period before which nothing is stored: the block says so', () => {
  const running = plainText(analyticsBlock(numbers, 'running', today))
  const first = plainText(analyticsBlock(numbers, 'nothing before', today))

  expect(running).toContain('День ещё идёт')
  expect(first).toContain('Сравнить не с чем')
  for (const block of [running, first]) expect(block).not.toMatch(/[▲▼≈]/)
})

test('the funnel has a change below each number, and the conversion of those whose window is over', () => {
  const window: FunnelWindow = { ...funnel, days: 7, stages: funnel.stages }
  const windowBefore = { ...window, stages: before.funnel.stages }
  const block = funnelBlock(
    funnel,
    { now: funnel, before: before.funnel, periods },
    window,
    { now: window, before: windowBefore, periods },
    today,
  )

  const lines = fixedLines(block).map(text => text.replaceAll('\u00A0', ' '))
  const cart = lines.findIndex(text => text.startsWith('корзина'))
  expect(lines[cart]).toMatch(/^корзина +37 +57,8 % +37 %$/)
  expect(lines[cart + 1]).toMatch(/^ +▲ ×7,4 +▲ ×7,4 +▲ ×7,4$/)
  expect(row(block, /Закончилось/)).toMatch(/100$/)
  expect(row(block, /Из них с корзиной/)).toMatch(/37 \(37 %\) ?▲ ×7,4$/)
})

test('a source without users now is shown when it had some before', () => {
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

  const block = sourcesBlock(week, [], { now: [], before: [habr], periods }, today)

  expect(plainText(block)).toMatch(/\(habr\):\n Людей: +0 ▼\s100\s%/)
})

test('blocks fit a phone whatever the numbers, also beside their changes', () => {
  const large: Summary = {
    ...summary,
    new_users: 12_345,
    gmv: 12_594_488,
    avg_cart: 12_594,
    retention_d1: { returned: 1543, cohort: 9345 },
    errors: 1234,
    messages: 31_800,
    error_share: 1234 / 31_800,
    cost_rub: 1_254_321,
  }
  const many = { ...funnel, stages: funnel.stages.map(s => ({ ...s, users: s.users * 345 })), open: 12_345 }
  const window = { ...many, days: 7 }
  const source = {
    source: 'organic',
    users: 123_456,
    new_users: 12_345,
    with_cart: 45_678,
    first_carts: 9876,
    carts: 98_765,
    gmv: 125_944_880,
    cost_rub: 1_254_321,
  } as const
  const half = { ...source, users: 12_000, with_cart: 9000, carts: 30_000, gmv: 25_944_880, cost_rub: 254_321 }
  const blocks = [
    analyticsBlock({ summary: large, funnel: many }, { now: { summary: large, funnel: many }, before, periods }, today),
    funnelBlock(
      many,
      { now: many, before: before.funnel, periods },
      window,
      { now: window, before: { ...window, stages: before.funnel.stages }, periods },
      today,
    ),
    sourcesBlock(week, [source], { now: [source], before: [half], periods }, today),
    cohortsBlock(
      ['2026-01-05', '2026-02-09'].map(monday => ({
        week: monday,
        size: 1234,
        active: [1234, 900, 800, 700, 600, 500],
      })),
      today,
    ),
  ]

  for (const block of blocks) expect(fixedLines(block).filter(text => text.length > phoneWidth)).toEqual([])
})

test('the week that still runs is marked in the cohorts', () => {
  const rows = [
    { week: '2026-02-02', size: 50, active: [40, 10] },
    { week: '2026-02-09', size: 20, active: [15] },
  ]

  const lines = fixedLines(cohortsBlock(rows, today))

  expect(lines.at(-2)).toMatch(/02\.02 +50 +80 +20…$/)
  expect(lines.at(-1)).toMatch(/09\.02 +20 +75…$/)
})
