import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createTestRegistry } from '../../test/support/metrics.ts'
import { createFaults } from '../sandbox/faults.ts'
import { startFakeGigaChat } from '../sandbox/gigachat/start-fake-gigachat.ts'
import { startFakeVkusVill } from '../sandbox/shop/fake-vkusvill.ts'
import { createShop } from '../shop/create-shop.ts'
import { silentLog } from '../telemetry/log.ts'
import type { Answer } from './assistant.ts'
import { createAssistant } from './create-assistant.ts'
import { createMemoryDialogueStore } from './dialogue/memory-dialogue-store.ts'
import { createGigaChat } from './gigachat/giga-chat.ts'
import { createClientMetrics } from './model/metrics.ts'
import { pricedGigaChat } from './model/prices.ts'
import { createUsageRecorder } from './model/usage.ts'
import { createFakeRecorder, createFakeUsers, question, userState } from './testing/fakes.ts'

/** The assistant with its real clients, and both services as fakes over HTTP. */
async function start() {
  const faults = createFaults()
  const gigachat = await startFakeGigaChat({ faults })
  const market = await startFakeVkusVill({ faults })
  const register = createTestRegistry()
  const now = () => new Date()
  // The pauses between repeats and the pace of the shop are not what is tested here.
  const sleep = async () => undefined
  const model = 'GigaChat-2-Max'
  const chat = createGigaChat({
    authUrl: gigachat.authUrl,
    apiUrl: gigachat.apiUrl,
    credentials: Buffer.from('id:secret').toString('base64'),
    scope: 'GIGACHAT_API_PERS',
    model,
    concurrency: 1,
    log: silentLog,
    metrics: createClientMetrics(register)({ provider: 'gigachat', model }),
    sleep,
  })
  const shop = createShop({
    mcpUrl: market.url,
    log: silentLog,
    register,
    now,
    sleep,
    limits: { perSecond: 1000, burst: 1000 },
  })
  const users = createFakeUsers()
  const recording = createFakeRecorder()
  const assistant = createAssistant({
    chat,
    recordUsage: createUsageRecorder({ log: silentLog, register, models: [pricedGigaChat(model)] }),
    dialogue: createMemoryDialogueStore(),
    shop,
    users,
    recorder: recording.recorder,
    log: silentLog,
    register,
    now,
    sessionKey: () => 'session',
    timeZone: 'Europe/Moscow',
    caps: { permit: async () => ({ answer: 'full', cap: null }), spend: () => undefined },
  })
  let messages = 0
  return {
    ...recording,
    users,
    market,
    gigachat,
    faults,
    say: (text: string, user = userState()): Promise<Answer> => {
      messages += 1
      const update = { key: `${messages}`, at: now(), requestId: 'abcdefghjkmn' }
      return assistant.answer(question(text, { update, user }))
    },
    async stop() {
      await shop.close()
      await chat.close()
      await market.close()
      await gigachat.close()
    },
  }
}

let bot: Awaited<ReturnType<typeof start>>
beforeEach(async () => {
  bot = await start()
})
afterEach(() => bot.stop())

/** What the link of an answer really holds, as the shop knows it. */
const basketOf = ({ cart }: Answer) => bot.market.baskets.get(/share_basket=(\d+)$/.exec(cart?.link ?? '')?.[1] ?? '')
const productNames = ({ cart }: Answer) => cart?.lines.map(line => line.product.name.toLowerCase()) ?? []
const queries = () => bot.events.flatMap(e => ('query' in e.metadata ? [e.metadata.query] : []))

describe('from a message to a cart in the shop', () => {
  test('a list for breakfast', async () => {
    const answer = await bot.say('собери завтрак: молоко, хлеб, сыр')

    expect(answer.error).toBeNull()
    expect(productNames(answer)).toEqual([
      expect.stringContaining('молоко'),
      expect.stringMatching(/хлеб/),
      expect.stringContaining('сыр'),
    ])
    expect(answer.text).toBeTruthy()
    expect(answer.text).not.toMatch(/₽|https?:/)
    expect(basketOf(answer)).toHaveLength(3)
    expect(queries()).toEqual(['молоко', 'хлеб', 'сыр'])
    expect(bot.users.created).toMatchObject([
      { cart: { scenario: 'search', totalSum: (answer.cart?.totalMinor ?? 0) / 100 } },
    ])
    expect(bot.usage).toMatchObject([{ calls: bot.gigachat.calls.filter(call => call.route === 'chat').length }])
  })

  test('a recipe for four: every ingredient is searched once', async () => {
    const answer = await bot.say('хочу приготовить борщ на четверых')

    expect(answer.error).toBeNull()
    expect(productNames(answer).join()).toMatch(/говядина.*свёкла.*капуста/)
    expect(answer.cart?.lines.length).toBeGreaterThanOrEqual(7)
    expect(bot.users.created[0]?.cart.scenario).toBe('recipe')
    expect(new Set(queries()).size).toBe(queries().length)
    expect(queries().length).toBeGreaterThanOrEqual(9)
    for (const { q, product } of answer.cart?.lines ?? [])
      expect({ [product.name]: q > 0 && q <= 3 }).toEqual({ [product.name]: true })
  })

  test('a budget is met and known to be', async () => {
    const answer = await bot.say('собери ужин: паста, соус, сыр – до 700 рублей')

    expect(answer.error).toBeNull()
    expect(answer.cart?.budget).toEqual({ rub: 700, kept: true })
    expect(answer.cart?.totalMinor).toBeLessThanOrEqual(70_000)
    expect(bot.users.created[0]?.cart.scenario).toBe('budget')
  })

  test('a budget that cannot be met makes no cart', async () => {
    const answer = await bot.say('собери ужин: паста, соус, сыр, мясо – до 50 рублей')

    expect(answer).toMatchObject({ cart: null, error: null, text: expect.any(String) })
    expect(bot.users.created).toEqual([])
    expect(bot.market.baskets.size).toBe(0)
  })

  test('products and their nutrition in one message', async () => {
    const answer = await bot.say('собери завтрак: овсянка, молоко, и посчитай кбжу')

    expect(answer.text).toMatch(/ккал/)
    expect(basketOf(answer)).toHaveLength(2)
    expect(bot.users.created[0]?.cart.scenario).toBe('mixed')
  })

  test('a second message adds to the first cart', async () => {
    const first = await bot.say('собери завтрак: молоко, хлеб')
    bot.users.state.lastCart = first.cart && { ...first.cart, cartNumber: 1, revision: 0, madeAt: new Date() }

    const second = await bot.say('добавь ещё сыр', userState({ hasLastCart: true }))

    expect(second.hadHistory).toBe(true)
    expect(productNames(second)).toEqual([...productNames(first), expect.stringContaining('сыр')])
  })
})

test('with the allowance used up the shop is asked for no cart', async () => {
  bot.users.state.cartLimit = 0

  const answer = await bot.say('собери завтрак: молоко, хлеб, сыр')

  expect(answer).toMatchObject({ cart: null, error: null, limit: { cartsUsed: 0, cartLimit: 0 } })
  expect(bot.events.filter(e => e.type === 'cart_limit_reached')).toHaveLength(1)
  expect(bot.market.calls.map(call => call.tool)).not.toContain('vkusvill_cart_link_create')
})

test('a shop that is down: text, and the failure for the statistics', async () => {
  bot.faults.set({ service: 'shop', mode: 'status', status: 503, delay_ms: 0, rate: 1 })

  const answer = await bot.say('собери завтрак: молоко, хлеб, сыр')

  expect(answer).toMatchObject({ cart: null, text: expect.any(String), error: { name: 'MCPError' } })
})

test('a model that is down: the failure, and nothing made up', async () => {
  bot.faults.set({ service: 'gigachat', mode: 'status', status: 500, delay_ms: 0, rate: 1 })

  const answer = await bot.say('собери завтрак: молоко, хлеб, сыр')

  expect(answer).toMatchObject({ cart: null, text: null, error: { name: 'UpstreamError' } })
})

test('a model that fails after the cart: the cart, without text', async () => {
  const failing = { kind: 'status' as const, status: 500 }
  const before = await bot.say('молоко')
  const products = before.cart?.lines.map(({ product }) => ({ xml_id: product.xmlId, q: 3 }))
  const withoutWords = { kind: 'call' as const, name: 'vkusvill_cart_link_create', arguments: { products } }
  bot.gigachat.script([withoutWords, failing, failing, failing, failing])

  const answer = await bot.say('теперь три')

  expect(answer).toMatchObject({ text: null, error: { name: 'UpstreamError' }, cart: { lines: [{ q: 3 }] } })
  expect(basketOf(answer)).toHaveLength(1)
})

test('a dialogue the service refuses as invalid is dropped once', async () => {
  await bot.say('собери завтрак: молоко, хлеб')
  bot.gigachat.script([{ kind: 'status', status: 422, message: 'Invalid params: invalid function result json string' }])

  const answer = await bot.say('собери ужин: сыр')

  expect(answer).toMatchObject({ error: null, cart: { lines: [{ product: { name: expect.stringMatching(/сыр/i) } }] } })
})
