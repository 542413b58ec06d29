import { expect, test } from 'vitest'
import { adviseOn } from '../../analytics/advice.ts'
import { type Digest, digestPeriod, readDigest } from '../../analytics/digest.ts'
import type { Funnel, Summary } from '../../analytics/numbers.ts'
import type { Period } from '../../analytics/period.ts'
import { plainText } from '../html.ts'
import { digestBlock } from './digest-block.ts'

const week = { from: '2026-02-02', to: '2026-02-08' }
const before = { from: '2026-01-26', to: '2026-02-01' }
const summary: Summary = {
  ...week,
  new_users: 47,
  dau_avg: 40,
  active_users: 82,
  retention_d1: { returned: 16, cohort: 47 },
  retention_d7: { returned: 0, cohort: 0 },
  carts: 312,
  gmv: 430_560,
  avg_cart: 1380,
  carts_per_user: 3.8,
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
    { stage: 'cart', users: 30 },
    { stage: 'limit', users: 1 },
    { stage: 'survey', users: 0 },
  ],
  open: 100,
}
const numbers = { summary, funnel, firstCarts: 20 }
const quiet: Digest = {
  period: week,
  now: numbers,
  compared: { now: numbers, before: numbers, periods: { now: week, before } },
  costPerCart: 8.75,
  missing: [],
  gmvAtStake: 0,
  ratings: { up: 40, down: 2, reasons: [{ reason: 'expensive', carts: 2 }] },
  days: { soft: 0, hard: 0 },
}
const withBefore = (changed: Partial<Summary>): Digest['compared'] => ({
  now: numbers,
  before: { ...numbers, summary: { ...summary, ...changed } },
  periods: { now: week, before },
})
const full: Digest = {
  ...quiet,
  compared: withBefore({ new_users: 10, gmv: 200_000, carts: 145, cost_rub: 100 }),
  missing: [
    { query: 'хлеб без глютена', users: 9, empty: 12 },
    { query: 'тахини', users: 4, empty: 4 },
  ],
  gmvAtStake: 13 * 1380,
  ratings: {
    up: 4,
    down: 16,
    reasons: [
      { reason: 'expensive', carts: 9 },
      { reason: 'wrong', carts: 3 },
    ],
  },
  days: { soft: 2, hard: 1 },
}
const linesOf = (digest: Digest) => plainText(digestBlock(digest)).replaceAll('\u00A0', ' ').split('\n')

test('the digest says in ten lines what changed, what was missed and the one thing to do', () => {
  expect(linesOf(full)).toEqual([
    '📬 Неделя 02.02 – 08.02 против 26.01 – 01.02',
    'Новых людей: 47 ▲ ×4,7; активных: 82 ≈ в пределах шума',
    'Первых корзин: 20 ≈ в пределах шума',
    'GMV (оценка): 430 560 ₽ ▲ 115 %',
    'Модель на корзину: 8,75 ₽ ▲ ×12,7',
    'Ошибки: 7 (2,2 % запросов) ≈ в пределах шума',
    'Не нашли: «хлеб без глютена» – 9 человек, «тахини» – 4 человека; на кону до 17 940 ₽',
    '👎 16 из 20 оценок: дорого 9, не те товары 3',
    'Потолок расходов: мягкий 2 дня, жёсткий 1 день',
    expect.stringContaining('Дело на неделю: 1 день людям отказывали'),
  ])
})

test('what there is nothing to say about has no line; without a week before there are no changes', () => {
  const lines = linesOf({ ...quiet, compared: 'nothing before', ratings: { up: 3, down: 0, reasons: [] } })

  expect(lines).toHaveLength(7)
  expect(lines[0]).toContain('сравнить не с чем')
  expect(lines.join()).not.toMatch(/[▲▼≈]/)
})

test('queries are text and never markup or links', () => {
  const { source } = digestBlock({ ...quiet, missing: [{ query: '<b>http://evil.example/x</b>', users: 3, empty: 3 }] })

  expect(source).toContain('&lt;b&gt;')
  expect(source).not.toContain('http://evil.example')
})

const empty = { ...numbers, summary: { ...summary, error_share: null }, funnel: { ...funnel, stages: [] } }

test.each([
  ['users were refused because of the cap', { days: { soft: 3, hard: 1 } }, { kind: 'hard cap', days: 1 }],
  ['more messages fail', { compared: withBefore({ errors: 0, messages: 3180 }) }, { kind: 'errors', share: 7 / 318 }],
  [
    'many fail as always',
    { now: { ...numbers, summary: { ...summary, error_share: 0.06 } } },
    { kind: 'errors', share: 0.06 },
  ],
  ['the soft cap was reached', { days: { soft: 2, hard: 0 } }, { kind: 'soft cap', days: 2 }],
  ['a cart costs more', { compared: withBefore({ cost_rub: 1000 }) }, { kind: 'cost' }],
  ['many 👎', { ratings: full.ratings }, { kind: 'ratings', reason: 'expensive' }],
  [
    'few 👎 of few',
    { ratings: { up: 1, down: 1, reasons: [] } },
    { kind: 'step', from: 'search', to: 'cart', share: 30 / 64 },
  ],
  ['something is not found', { missing: full.missing }, { kind: 'missing', query: 'хлеб без глютена', users: 9 }],
  ['fewer users come', { compared: withBefore({ new_users: 100 }) }, { kind: 'fewer users' }],
  ['nothing stands out', {}, { kind: 'step', from: 'search', to: 'cart', share: 30 / 64 }],
  ['nothing happened', { now: empty, compared: 'nothing before' }, { kind: 'no users' }],
] satisfies [string, Partial<Digest>, object][])('when %s, that is the thing to do', (_when, changed, advice) => {
  expect(adviseOn({ ...quiet, ...changed })).toEqual(advice)
})

test('on a Monday the digest is about the calendar week that has ended', () => {
  expect(digestPeriod('2026-02-09')).toEqual(week)
})

test('GMV at stake is the average cart for each user who found nothing; ratings are summed over prompts', async () => {
  const asked: Period[] = []
  const row = { users: 5, empty: 7 }
  const rated = { prompt_version: 'a', rating: 'down', reason: 'wrong', carts: 2 } as const
  const digest = await readDigest(
    {
      today: () => '2026-02-09',
      storedSince: async () => '2026-01-01',
      summary: async period => {
        asked.push(period)
        return { ...summary, ...period }
      },
      funnel: async () => funnel,
      sources: async () => [
        { ...{ source: 'habr', users: 1, new_users: 1, with_cart: 1, carts: 1, gmv: 1, cost_rub: 1 }, first_carts: 3 },
        { ...{ source: 'vc', users: 1, new_users: 1, with_cart: 1, carts: 1, gmv: 1, cost_rub: 1 }, first_carts: 4 },
      ],
      daily: async () => [],
      missingSearches: async () => [{ query: 'тахини', ...row }],
      cartRatings: async () => [
        rated,
        { ...rated, prompt_version: 'b', carts: 1 },
        { ...rated, reason: null, rating: 'up' },
      ],
    },
    { softRub: 100, hardRub: undefined },
  )

  expect(digest).toMatchObject({
    gmvAtStake: 5 * 1380,
    costPerCart: 8.75,
    now: { firstCarts: 7 },
    ratings: { up: 2, down: 3, reasons: [{ reason: 'wrong', carts: 3 }] },
  })
  expect(asked).toEqual([week, week, before])
})
