import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

const lokiUrl = process.env.LOKI_URL
const env = `test-${randomBytes(4).toString('hex')}`
const now = Date.now() - 5_000

const call = (fields: object) => ({
  event: 'llm_usage',
  level: 'info',
  request_id: 'REQUEST00001',
  user_id: '4f7q2m9xkd3wz8ab',
  ...fields,
})
const lines: Array<{ event: string; level: string; [field: string]: unknown }> = [
  call({
    model: 'max',
    billable_tokens: 100,
    prompt_tokens: 60,
    precached_tokens: 40,
    cost_rub: 1,
    response_time_ms: 10,
  }),
  call({
    model: 'max',
    billable_tokens: 50,
    prompt_tokens: 20,
    precached_tokens: 80,
    cost_rub: 2,
    response_time_ms: 30,
  }),
  call({
    model: 'lite',
    billable_tokens: 5,
    prompt_tokens: 5,
    precached_tokens: 0,
    cost_rub: 0.1,
    response_time_ms: 20,
  }),
  { event: 'update_handled', level: 'info', request_id: 'REQUEST00001', outcome: 'ok', duration_ms: 4000 },
  { event: 'update_handled', level: 'info', request_id: 'REQUEST00002', outcome: 'ok', duration_ms: 100 },
  { event: 'update_failed', level: 'error', request_id: 'REQUEST00003', err: { type: 'TimeoutError' } },
]

const Answer = z.object({
  data: z.object({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()).optional(),
        value: z.tuple([z.number(), z.string()]).optional(),
        values: z.array(z.tuple([z.string(), z.string()])).optional(),
      }),
    ),
  }),
})

/** Runs a saved query unchanged, restricted to the lines of this run. */
async function ask(name: string, replace: Record<string, string> = {}) {
  let query = readFileSync(new URL(`../../../loki/queries/${name}.logql`, import.meta.url), 'utf8')
  query = query.replaceAll('{service_name="vkusvill-bot"', `{service_name="vkusvill-bot", env="${env}"`)
  for (const [variable, value] of Object.entries(replace)) query = query.replaceAll(variable, value)
  const range = query.includes('_over_time') ? 'query' : 'query_range'
  const response = await fetch(`${lokiUrl}/loki/api/v1/${range}?${new URLSearchParams({ query })}`)
  return Answer.parse(await response.json()).data.result
}

const byLabel = async (name: string, label: string) =>
  Object.fromEntries((await ask(name)).map(({ metric, value }) => [metric?.[label], Number(value?.[1])]))

// The grammar is checked without a Loki; what the queries answer needs a real one.
describe.runIf(lokiUrl !== undefined)('against the Loki at LOKI_URL', () => {
  beforeAll(async () => {
    const streams = lines.map(({ level, ...line }, i) => ({
      stream: { service_name: 'vkusvill-bot', env, level, event: line.event },
      values: [[`${now + i}000000`, JSON.stringify(line)]],
    }))
    const headers = { 'content-type': 'application/json' }
    await fetch(`${lokiUrl}/loki/api/v1/push`, { method: 'POST', headers, body: JSON.stringify({ streams }) })
  })

  test('tokens and roubles by model are the sums of the calls', async () => {
    expect(await byLabel('tokens-by-model', 'model')).toEqual({ max: 150, lite: 5 })
    expect(await byLabel('cost-by-model', 'model')).toEqual({ max: 3, lite: 0.1 })
  })

  test('the cache share is the share of cached among all prompt tokens', async () => {
    expect(await byLabel('cache-share', 'model')).toEqual({ max: 0.6, lite: 0 })
  })

  test('latency has three quantiles', async () => {
    expect(Object.keys(await byLabel('latency-by-function', 'quantile')).sort()).toEqual(['0.5', '0.95', '0.99'])
  })

  test('the costliest requests and users, the slowest updates and the errors are found', async () => {
    expect(await byLabel('costliest-requests', 'request_id')).toEqual({ REQUEST00001: 3.1 })
    expect(await byLabel('costliest-users', 'user_id')).toEqual({ '4f7q2m9xkd3wz8ab': 3.1 })
    expect(await byLabel('slowest-updates', 'request_id')).toEqual({ REQUEST00001: 4000, REQUEST00002: 100 })
    expect(await byLabel('errors-by-type', 'err_type')).toEqual({ TimeoutError: 1 })
  })

  test('one request returns its lines and no others', async () => {
    const found = await ask('one-request', { $request_id: 'REQUEST00001' })

    expect(found.flatMap(({ values }) => values ?? [])).toHaveLength(4)
  })
})
