import { expect, test } from 'vitest'
import { limitsOf, needOf } from './capacity.ts'
import type { MessageCost } from './message-cost.ts'

const cost: MessageCost = {
  botSeconds: 0.02,
  serverSeconds: 0.005,
  walBytes: 6_000,
  diskBytes: 2_000,
  logBytes: 1_000,
  events: 4,
  modelCalls: 2,
  tokens: 4_000,
  rub: 2,
  shopCalls: 0.5,
  telegramCalls: 5,
  telegramMessages: 3,
}

test('a thousand users with eight messages a day, 15 % of them in one hour', () => {
  expect(needOf(cost, 1_000)).toMatchObject({ messagesPerSecond: 1 / 3, rubPerDay: 16_000, diskGbPerYear: 5.84 })
  expect(needOf(cost, 3_000)).toMatchObject({ modelStreams: 4, shopPerSecond: 0.5, botCores: 0.02 })
})

test('the tightest limit comes first', () => {
  const limits = limitsOf(cost)

  expect(limits.map(({ name }) => name.split(',')[0])).toEqual([
    'GigaChat',
    'the shop',
    'GigaChat',
    'Telegram',
    'one core of a bot',
    'one core of PostgreSQL',
  ])
  expect(limits[0]?.perSecond).toBe(0.25)
})

test('a shop that is never asked is no limit', () => {
  expect(limitsOf({ ...cost, shopCalls: 0 }).at(-1)?.name).toContain('the shop')
})
