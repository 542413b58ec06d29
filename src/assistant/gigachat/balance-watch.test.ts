import { expect, onTestFinished, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../../test/support/metrics.ts'
import { startFakeGigaChat } from '../../sandbox/gigachat/start-fake-gigachat.ts'
import { silentLog } from '../../telemetry/log.ts'
import { createClientMetrics } from '../model/metrics.ts'
import type { Balance } from './balance.ts'
import { type CountedTokens, createBalanceWatch } from './balance-watch.ts'
import { createGigaChat } from './giga-chat.ts'

function setup(models = ['GigaChat-2-Max']) {
  const state: { balance: Balance | null; counted: CountedTokens[] } = { balance: [], counted: [] }
  const register = createTestRegistry()
  const warned: unknown[] = []
  const watch = createBalanceWatch({
    read: async () => state.balance,
    counted: async () => state.counted,
    models,
    log: { ...silentLog, warn: (event, fields) => void warned.push({ event, ...fields }) },
    register,
  })
  const gauge = (name: string) => metricValue(register, `bot_gigachat_balance_${name}`, { model: 'GigaChat-2-Max' })
  return { state, watch, warned, gauge }
}
const left = (tokens: number): Balance => [
  { usage: 'GigaChat-Max', tokens },
  { usage: 'GigaChat', tokens: 7 },
  { usage: 'embeddings', tokens: 9 },
]
const counted = (total: number, lastDay = 100_000): CountedTokens[] => [{ model: 'GigaChat-2-Max', total, lastDay }]

test('the package of a model of the first generation is that of the second; it lasts at the pace of the last 24 hours', async () => {
  const { state, watch, gauge } = setup()
  Object.assign(state, { balance: left(250_000), counted: counted(5) })

  await watch.refresh()

  expect(watch.latest()).toEqual([{ model: 'GigaChat-2-Max', tokens: 250_000, daysLeft: 2.5, check: null }])
  expect([await gauge('tokens'), await gauge('days')]).toEqual([250_000, 2.5])
})

test('what was charged is held against what was counted, within the tolerance, and not over a top-up', async () => {
  const { state, watch, warned, gauge } = setup()
  const read = async (tokens: number, total: number) => {
    Object.assign(state, { balance: left(tokens), counted: counted(total) })
    await watch.refresh()
    return watch.latest()[0]?.check
  }

  await read(1_000_000, 0)
  expect(await read(900_000, 80_000)).toEqual({ charged: 100_000, counted: 80_000, agrees: true })
  expect(warned).toEqual([])
  expect(await read(800_000, 159_999 - 80_000)).toMatchObject({ agrees: false })
  expect(warned).toMatchObject([{ event: 'schema_drift', upstream: 'gigachat', operation: 'balance' }])
  expect(await gauge('drift_tokens')).toBeGreaterThan(20_000)
  expect(await read(5_000_000, 200_000)).toBeNull()
})

test('an account without a balance shows none', async () => {
  const { state, watch, gauge } = setup()
  state.balance = null

  await watch.refresh()

  expect(watch.latest()).toEqual([])
  expect(await gauge('tokens')).toBeUndefined()
})

test.each([
  ['GIGACHAT_API_PERS', [{ usage: 'GigaChat-Max', tokens: 1000 }]],
  ['GIGACHAT_API_CORP', null],
] as const)('the client reads the balance of an account of %s', async (scope, expected) => {
  const fake = await startFakeGigaChat({ packages: { 'GigaChat-Max': 1000 } })
  const { authUrl, apiUrl } = fake
  const client = createGigaChat({
    ...{ authUrl, apiUrl, scope, model: 'GigaChat-2-Max', concurrency: 1, log: silentLog },
    credentials: Buffer.from('id:secret').toString('base64'),
    metrics: createClientMetrics(createTestRegistry())({ provider: 'gigachat', model: 'GigaChat-2-Max' }),
  })
  onTestFinished(async () => {
    await client.close()
    await fake.close()
  })

  expect(await client.readBalance()).toEqual(expected)
  fake.revokeTokens()
  expect(await client.readBalance()).toEqual(expected)
})
