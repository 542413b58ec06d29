import { expect, test } from 'vitest'
import { readLogRecord } from '../../telemetry/log-record.ts'
import type { RequestEvent } from './request-store.ts'
import { waterfallLines } from './request-text.ts'
import { composeStory } from './story.ts'

const receivedMs = Date.UTC(2026, 10, 26, 12)
const id = 'AAAAAAAAAAA1'
const plain = (text: string) => text.replaceAll('\u00A0', ' ')

/** A line of the request, written so many milliseconds after its receipt. */
function line(sinceMs: number, event: string, fields: object = {}) {
  const text = JSON.stringify({
    ...{ level: 30, time: receivedMs + sinceMs, event, request_id: id, since_ms: sinceMs },
    ...fields,
  })
  const record = readLogRecord(text)
  if (record === null) throw new Error('not a line')
  return record
}

const wholeRequest = () => [
  line(1_700, 'llm_usage', {
    ...{ call_number: 1, function_name: 'vkusvill_products_search', response_time_ms: 1_000, wait_ms: 500 },
    ...{ billable_tokens: 1_500, cost_rub: 0.975 },
  }),
  line(2_700, 'tool_call', { tool: 'vkusvill_products_search', outcome: 'ok', cached: false, duration_ms: 1_000 }),
  line(2_710, 'tool_call', { tool: 'vkusvill_products_search', outcome: 'ok', cached: true, duration_ms: 0 }),
  line(3_000, 'upstream_retry', {
    upstream: 'gigachat',
    attempt: 1,
    delay_ms: 1_200,
    error_name: 'UpstreamError',
    status: 503,
  }),
  line(5_200, 'llm_usage', { call_number: 2, response_time_ms: 1_000, billable_tokens: 500, cost_rub: 0.325 }),
  line(8_000, 'upstream_call', { upstream: 'telegram', operation: 'sendMessage', outcome: 'ok', duration_ms: 800 }),
  line(8_000, 'update_handled', {
    ...{ update_type: 'message', outcome: 'answered', duration_ms: 8_000 },
    ...{ queue_ms: 200, inbox_ms: 0, together_ms: 2_000 },
  }),
]

test('every step stands where it began, with what it waited for before', () => {
  const { steps } = composeStory(id, wholeRequest(), [])

  expect(steps.map(({ kind, name, startMs, durationMs }) => [kind, name, startMs, durationMs])).toEqual([
    ['wait', 'queue', 0, 200],
    ['wait', 'stream', 200, 500],
    ['model', 'vkusvill_products_search', 700, 1_000],
    ['tool', 'vkusvill_products_search', 1_700, 1_000],
    ['tool', 'vkusvill_products_search', 2_710, 0],
    ['pause', 'gigachat', 3_000, 1_200],
    ['model', '', 4_200, 1_000],
    ['wait', 'together', 5_200, 2_000],
    ['telegram', 'sendMessage', 7_200, 800],
  ])
})

test('outcome, time, tokens and roubles are those of the lines', () => {
  expect(composeStory(id, wholeRequest(), [])).toMatchObject({
    ...{ at: new Date(receivedMs), durationMs: 8_000, updateType: 'message', outcome: 'answered', failure: null },
    model: { calls: 2, tokens: 2_000, costRub: 1.3 },
  })
})

test('the waterfall fits a phone', () => {
  const lines = waterfallLines(composeStory(id, wholeRequest(), [])).map(plain)

  expect(lines).toEqual([
    '░········ 200 мс своя очередь',
    '░········ 500 мс очередь к модели',
    '██·······  1,0 с модель 1 → поиск',
    '·███·····  1,0 с поиск',
    '···█·····   0 мс поиск из памяти',
    '···░░····  1,2 с пауза GigaChat 503',
    '····██···  1,0 с модель 2',
    '·····░░░░  2,0 с ждали ещё слов',
    '········█ 800 мс TG сообщение',
  ])
})

test('a failure is shown by kind and service, from its line or, without one, from its event', () => {
  const lines = [
    line(900, 'upstream_failed', { upstream: 'gigachat', error_name: 'UpstreamError', status: 500, duration_ms: 800 }),
    line(910, 'update_failed', { upstream: 'gigachat', error_name: 'UpstreamError' }),
  ]
  const row: RequestEvent = {
    ...{ id: 'e', requestId: id, userId: 7, type: 'bot_error', at: new Date(receivedMs) },
    metadata: { error_type: 'Unknown', error_message: 'gigachat: 500 service failed', had_history: false },
  }

  expect(composeStory(id, lines, []).failure).toEqual({ error: 'UpstreamError', upstream: 'gigachat', status: 500 })
  expect(composeStory(id, [], [row]).failure).toEqual({ error: 'Unknown', upstream: 'gigachat', status: 500 })
})

test('a request that has not ended has no outcome', () => {
  const story = composeStory(id, wholeRequest().slice(0, 2), [])

  expect(story).toMatchObject({ outcome: null, durationMs: null })
  expect(story.steps).toHaveLength(3)
})

test('lines of an older release, which do not say since when, are placed by their time', () => {
  const old = wholeRequest().map(({ text }) => {
    const { since_ms: _since, ...fields } = JSON.parse(text)
    const record = readLogRecord(JSON.stringify(fields))
    if (record === null) throw new Error('not a line')
    return record
  })

  const { steps } = composeStory(id, old, [])

  expect(steps.find(({ kind }) => kind === 'telegram')).toMatchObject({ startMs: 5_500, durationMs: 800 })
})
