import { expect, test } from 'vitest'
import { startTestBot, type TestBot } from './support/bot.ts'
import { startHostileServer } from './support/hostile-server.ts'

const cartAnswer = /Итого/
/** What the sandbox needs to have a second model of its own. */
const second = { LLM_FALLBACK_MODEL: 'second', LLM_FALLBACK_PRICE: '200' }
const breakModel = (bot: TestBot, service: string, status: number) =>
  bot.post('/sandbox/faults', { service, mode: 'status', status })

/** Value of a series summed over the labels that are not given. */
async function counted(bot: TestBot, name: string, labels: Record<string, string> = {}): Promise<number> {
  const text = await (await fetch(bot.metricsUrl)).text()
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return text
    .split('\n')
    .filter(line => line.startsWith(`${name}{`) && wanted.every(pair => line.includes(pair)))
    .reduce((sum, line) => sum + Number(line.split(' ')[1]), 0)
}
const tokens = (bot: TestBot, model: string) =>
  counted(bot, 'bot_llm_tokens_total', { gen_ai_request_model: model, type: 'billable' })

test('with GigaChat out of tokens the second model answers in the same turn, and a dialogue goes on over both', async () => {
  let ahead = 0
  const bot = await startTestBot(second, { now: () => new Date(Date.now() + ahead) })
  const anna = bot.user(701)
  await anna.join()
  await anna.ask('собери корзину: молоко, хлеб', cartAnswer)
  const before = await tokens(bot, 'GigaChat-2-Max')
  expect(await tokens(bot, 'second')).toBe(0)

  await breakModel(bot, 'gigachat', 402)
  const corrected = await anna.ask('добавь сыр', cartAnswer)
  expect(corrected.text).toMatch(/Молоко/)
  expect(corrected.text).toMatch(/Сыр/)
  expect(await tokens(bot, 'GigaChat-2-Max')).toBe(before)
  expect(await tokens(bot, 'second')).toBeGreaterThan(0)

  await bot.post('/sandbox/faults', { service: 'gigachat', mode: 'none' })
  ahead = 60_000 // the circuit to GigaChat is no longer open
  await anna.ask('убери хлеб', cartAnswer)
  expect(await tokens(bot, 'GigaChat-2-Max')).toBeGreaterThan(before)

  const [day] = await bot.sql<{ tokens: string; cost: string }>(
    'select sum(tokens_used) as tokens, sum(tokens_cost_rub) as cost from daily_stats',
  )
  const [first, other] = [await tokens(bot, 'GigaChat-2-Max'), await tokens(bot, 'second')]
  expect(Number(day?.tokens)).toBe(first + other)
  expect(Number(day?.cost)).toBeCloseTo((first * 650 + other * 200) / 1e6, 6)
  expect(await counted(bot, 'bot_llm_cost_rub_total')).toBeCloseTo(Number(day?.cost), 6)
})

test('with both models down the user gets one apology; with the second down GigaChat answers alone', async () => {
  const bot = await startTestBot(second)
  const boris = bot.user(702)
  await boris.join()

  await breakModel(bot, 'openai', 400)
  await boris.ask('собери корзину: молоко', cartAnswer)
  await breakModel(bot, 'gigachat', 402)
  await boris.ask('собери корзину: хлеб', /простите/)

  expect(await bot.events(702, 'bot_error')).toHaveLength(1)
})

test('LLM_PROVIDER=openai needs nothing of GigaChat: a list becomes a cart', async () => {
  const bot = await startTestBot({ LLM_PROVIDER: 'openai' })
  await breakModel(bot, 'gigachat', 500)
  const vera = bot.user(703)
  await vera.join()

  await vera.ask('собери корзину: молоко, хлеб', cartAnswer)
  await vera.ask('хочу приготовить борщ на четверых', cartAnswer)

  expect(await tokens(bot, 'sandbox')).toBeGreaterThan(0)
  expect(
    await counted(bot, 'gen_ai_client_operation_duration_seconds_count', { gen_ai_provider_name: 'gigachat' }),
  ).toBe(0)
})

test('a model of one’s own answers in the sandbox, with several calls in one turn', async () => {
  const server = await startHostileServer()
  const call = (name: string, args: unknown, id: string) => ({
    id,
    type: 'function',
    function: { name, arguments: JSON.stringify(args) },
  })
  const turns = [
    {
      content: null,
      tool_calls: ['молоко', 'хлеб'].map((query, i) => call('vkusvill_products_search', { queries: [query] }, `c${i}`)),
    },
    { content: 'Нашёл молоко и хлеб.' },
  ]
  const sent: { messages: { role: string }[] }[] = []
  server.plan('/v1/chat/completions', (res, { body }) => {
    sent.push(JSON.parse(body))
    const message = turns[Math.min(sent.length, turns.length) - 1]
    res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message }] }))
  })
  const bot = await startTestBot({
    LLM_PROVIDER: 'openai',
    LLM_FALLBACK_URL: `${server.url}/v1`,
    LLM_FALLBACK_MODEL: 'own',
  })
  const gleb = bot.user(704)
  await gleb.join()

  await gleb.ask('найди молоко и хлеб', /Нашёл молоко и хлеб/)

  expect(await bot.events(704, 'product_search')).toMatchObject([
    { metadata: { query: 'молоко' } },
    { metadata: { query: 'хлеб' } },
  ])
  expect(sent).toHaveLength(2)
  expect(sent[1]?.messages.map(({ role }) => role)).toEqual([
    'system',
    'user',
    'assistant',
    'tool',
    'assistant',
    'tool',
  ])
  expect(await counted(bot, 'gen_ai_client_token_usage_count', { gen_ai_token_type: 'input' })).toBe(2)
  await server.close()
})
