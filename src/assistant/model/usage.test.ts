import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../../test/support/metrics.ts'
import { type Log, silentLog } from '../../telemetry/log.ts'
import type { ChatAnswer } from './chat-model.ts'
import { pricedGigaChat, pricedOpenAi } from './prices.ts'
import { addUsage, createUsageRecorder, noUsage } from './usage.ts'

const at = new Date('2026-11-22T12:00:00Z')
const answerOf = (over: Partial<ChatAnswer['usage']> = {}, model = 'GigaChat-2-Max:2.0.28.2'): ChatAnswer => ({
  message: { role: 'assistant', content: 'молоко для Анны' },
  finishReason: 'stop',
  usage: { promptTokens: 138, completionTokens: 21, totalTokens: 159, precachedTokens: 40, ...over },
  provider: 'gigachat',
  asked: 'GigaChat-2-Max',
  model,
  responseTimeMs: 812,
})
const call = {
  userId: 7,
  callNumber: 3,
  functionName: 'vkusvill_products_search',
  promptVersion: '0123456789ab',
  at,
  cap: null,
}

function setup() {
  const register = createTestRegistry()
  const lines: { event: string; fields: Record<string, unknown> }[] = []
  const note: Log['info'] = (event, fields) => void lines.push({ event, fields })
  const log = { ...silentLog, info: note, warn: note }
  const record = createUsageRecorder({ log, register, models: [pricedGigaChat('GigaChat-2-Max')] })
  const tokens = (type: string) => metricValue(register, 'bot_llm_tokens_total', { type })
  const cost = () => metricValue(register, 'bot_llm_cost_rub_total', { gen_ai_request_model: 'GigaChat-2-Max' })
  return { record, register, lines, tokens, cost }
}

test('an answer becomes one log line with the fields of the contract and no word of the answer', () => {
  const { record, lines } = setup()

  record(answerOf(), call)

  expect(lines).toEqual([
    {
      event: 'llm_usage',
      fields: {
        user_id: 7,
        call_number: 3,
        model: 'GigaChat-2-Max',
        request_model: 'GigaChat-2-Max',
        prompt_tokens: 138,
        completion_tokens: 21,
        precached_tokens: 40,
        billable_tokens: 159,
        usage_known: true,
        response_time_ms: 812,
        function_name: 'vkusvill_products_search',
        prompt_version: '0123456789ab',
        cost_rub: 0.10335,
        at_ms: call.at.getTime(),
      },
    },
  ])
})

test('log line, metrics and totals of any answers agree', async () => {
  const counts = fc.array(fc.nat({ max: 200_000 }), { minLength: 1, maxLength: 30 })

  await fc.assert(
    fc.asyncProperty(counts, async totals => {
      const { record, lines, tokens, cost } = setup()

      const sum = totals.map(totalTokens => record(answerOf({ totalTokens }), call)).reduce(addUsage, noUsage)

      const logged = lines.map(line => Number(line.fields.billable_tokens)).reduce((a, b) => a + b, 0)
      expect(sum).toEqual({ calls: totals.length, tokens: logged, costRub: (logged * 650) / 1e6 })
      expect(await tokens('billable')).toBe(logged)
      expect(await cost()).toBeCloseTo(sum.costRub, 6)
    }),
    { numRuns: 30 },
  )
})

test('every kind of token has its series, input and output their histograms', async () => {
  const { record, register, tokens } = setup()

  record(answerOf(), call)

  expect(await Promise.all(['prompt', 'completion', 'precached', 'billable'].map(tokens))).toEqual([138, 21, 40, 159])
  const sums = ['input', 'output'].map(gen_ai_token_type =>
    metricValue(register, 'gen_ai_client_token_usage_sum', { gen_ai_token_type, gen_ai_provider_name: 'gigachat' }),
  )
  expect(await Promise.all(sums)).toEqual([138, 21])
})

test('the series are there at 0 before the first answer', async () => {
  const { register, tokens, cost } = setup()

  const values = await Promise.all([
    ...['prompt', 'completion', 'precached', 'billable'].map(tokens),
    cost(),
    metricValue(register, 'gen_ai_client_token_usage_count', { gen_ai_token_type: 'input' }),
    metricValue(register, 'gen_ai_client_token_usage_count', { gen_ai_token_type: 'output' }),
  ])

  expect(values).toEqual([0, 0, 0, 0, 0, 0, 0])
})

test('a model without a known price costs 0, still counts its tokens, and is warned about once', async () => {
  const { record, lines, tokens } = setup()

  const totals = [1, 2].map(() => record(answerOf({}, 'GigaChat-3-Ultra:1'), call))

  expect(totals).toEqual([
    { calls: 1, tokens: 159, costRub: 0 },
    { calls: 1, tokens: 159, costRub: 0 },
  ])
  expect(await tokens('billable')).toBe(318)
  expect(lines.filter(line => line.event === 'setting_warning')).toEqual([
    { event: 'setting_warning', fields: { setting: 'GIGACHAT_MODEL', detail: expect.stringContaining('no price') } },
  ])
})

test('tokens the service did not count are unknown: in no sum, counted apart, warned about once', async () => {
  const { record, register, lines, tokens, cost } = setup()

  const totals = [1, 2].map(() => record(answerOf({ totalTokens: null, promptTokens: null }), call))

  expect(totals).toEqual([1, 2].map(() => ({ calls: 1, tokens: 0, costRub: 0 })))
  expect([await tokens('billable'), await tokens('completion'), await cost()]).toEqual([0, 42, 0])
  expect(await metricValue(register, 'bot_llm_usage_unknown_total')).toBe(2)
  const histogram = (gen_ai_token_type: string) =>
    metricValue(register, 'gen_ai_client_token_usage_count', { gen_ai_token_type })
  expect([await histogram('input'), await histogram('output')]).toEqual([2, 2])
  expect(lines.filter(({ event }) => event === 'schema_drift')).toHaveLength(1)
  expect(lines.filter(({ event }) => event === 'llm_usage')).toMatchObject([
    { fields: { billable_tokens: 0, usage_known: false } },
    { fields: { billable_tokens: 0, usage_known: false } },
  ])
})

test('roubles added many times do not drift', () => {
  const pennies = Array.from({ length: 10_000 }, () => ({ calls: 1, tokens: 1, costRub: 0.000065 }))

  const sum = pennies.reduce(addUsage, noUsage)

  expect(sum).toEqual({ calls: 10_000, tokens: 10_000, costRub: 0.65 })
})

test('two models are counted apart, each under its own name and at its own price', async () => {
  const register = createTestRegistry()
  const lines: Record<string, unknown>[] = []
  const record = createUsageRecorder({
    log: { ...silentLog, info: (_event, fields) => void lines.push({ ...fields }) },
    register,
    models: [pricedGigaChat('GigaChat-2-Max'), pricedOpenAi('qwen3:8b', 200)],
  })

  const first = record(answerOf({ totalTokens: 1000 }), call)
  const second = record(
    { ...answerOf({ totalTokens: 500 }), provider: 'openai', asked: 'qwen3:8b', model: 'qwen3:8b' },
    call,
  )

  expect([first, second].map(({ costRub }) => costRub)).toEqual([0.65, 0.1])
  expect(lines.map(({ model, cost_rub }) => [model, cost_rub])).toEqual([
    ['GigaChat-2-Max', 0.65],
    ['qwen3:8b', 0.1],
  ])
  for (const [model, tokens, rub] of [
    ['GigaChat-2-Max', 1000, 0.65],
    ['qwen3:8b', 500, 0.1],
  ] as const) {
    const labels = { gen_ai_request_model: model }
    expect(await metricValue(register, 'bot_llm_tokens_total', { ...labels, type: 'billable' })).toBe(tokens)
    expect(await metricValue(register, 'bot_llm_cost_rub_total', labels)).toBe(rub)
  }
  const calls = { gen_ai_provider_name: 'openai', gen_ai_token_type: 'input' }
  expect(await metricValue(register, 'gen_ai_client_token_usage_count', calls)).toBe(1)
})

test('a model without a price costs 0 and names the setting, once', () => {
  const warned: unknown[] = []
  const record = createUsageRecorder({
    log: { ...silentLog, warn: (event, fields) => void warned.push({ event, ...fields }) },
    register: createTestRegistry(),
    models: [pricedOpenAi('own', undefined)],
  })

  const answer: ChatAnswer = { ...answerOf(), provider: 'openai', asked: 'own', model: 'own' }

  expect([record(answer, call), record(answer, call)].map(({ costRub }) => costRub)).toEqual([0, 0])
  expect(warned).toMatchObject([{ event: 'setting_warning', setting: 'LLM_FALLBACK_PRICE' }])
})

test('the cheaper model of a service is counted apart, and the line says which cap asked for it', async () => {
  const register = createTestRegistry()
  const lines: Record<string, unknown>[] = []
  const record = createUsageRecorder({
    log: { ...silentLog, info: (_event, fields) => void lines.push({ ...fields }) },
    register,
    models: [pricedGigaChat('GigaChat-2-Max'), pricedGigaChat('GigaChat-2')],
  })

  record(
    { ...answerOf({ totalTokens: 1000 }, 'GigaChat-2:2.0.28.2'), asked: 'GigaChat-2' },
    { ...call, cap: 'day_soft' },
  )

  expect(lines).toMatchObject([{ model: 'GigaChat-2', cost_rub: 0.065, reason: 'day_soft' }])
  const spent = (model: string) => metricValue(register, 'bot_llm_cost_rub_total', { gen_ai_request_model: model })
  expect([await spent('GigaChat-2'), await spent('GigaChat-2-Max')]).toEqual([0.065, 0])
})
