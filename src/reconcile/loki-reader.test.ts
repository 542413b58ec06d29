import { randomUUID } from 'node:crypto'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createTestRegistry } from '../../test/support/metrics.ts'
import type { Log } from '../telemetry/log.ts'
import { createLogger } from '../telemetry/logger.ts'
import { checkLogql } from '../telemetry/testing/check-logql.ts'
import { startFakeLoki } from '../telemetry/testing/fake-loki.ts'
import type { DayWindow } from './day-reading.ts'
import { createLokiReader, lokiQueries } from './loki-reader.ts'
import { createQueryClient, createQueryMetrics } from './query-client.ts'

/** Yesterday, by UTC. */
const to = new Date(new Date().setUTCHours(0, 0, 0, 0))
const day: DayWindow = { from: new Date(to.getTime() - 24 * 3_600_000), to }
const within = (ms: number) => day.from.getTime() + ms

/** Writes log lines with the clock at `writtenAt` and reads the day back; with LOKI_URL from a real Loki. */
async function read(writtenAt: number, write: (log: Log) => void) {
  const loki = await startFakeLoki({ realLoki: process.env.LOKI_URL })
  onTestFinished(() => loki.kill())
  const env = `test-${randomUUID()}`
  const register = createTestRegistry()
  const logger = createLogger({
    level: 'info',
    env,
    lokiUrl: loki.url,
    spoolBytes: 1_000_000,
    register,
    dataDir: mkdtempSync(join(tmpdir(), 'loki-reader-')),
    now: () => new Date(writtenAt),
    output: { write: () => undefined },
  })
  write(logger.log)
  await logger.flush()
  await logger.close()
  const metrics = createQueryMetrics(register)
  const ask = createQueryClient({ upstream: 'loki', url: loki.url, metrics, sleep: async () => undefined })
  return createLokiReader({ ask, env, now: () => new Date() })(day)
}

const call = {
  call_number: 1,
  model: 'GigaChat-2-Max',
  request_model: 'GigaChat-2-Max',
  prompt_tokens: 10,
  completion_tokens: 5,
  precached_tokens: 0,
}

test('every query can be parsed and uses fields that the lines have', () => {
  const queries = Object.values(lokiQueries('production', day)).map(query => query(day.to).text)

  expect(queries).toHaveLength(8)
  expect(queries.flatMap(checkLogql)).toEqual([])
})

test('each number is counted from the lines of the day, a correction of a cart is none', async () => {
  const at_ms = within(3_600_000)

  const reading = await read(at_ms, log => {
    for (const event_type of ['cart_created', 'cart_created', 'bot_error', 'session_start'] as const)
      log.info('business_event', { event_type, event_id: randomUUID(), at_ms })
    for (const revision of [0, 1, 2])
      log.info('business_event', { event_type: 'cart_created', revision, event_id: randomUUID(), at_ms })
    for (let i = 0; i < 3; i++) log.info('message_recorded', { event_id: randomUUID(), at_ms })
    log.info('llm_usage', { ...call, billable_tokens: 159, cost_rub: 0.10335, at_ms })
    log.info('llm_usage', { ...call, request_model: 'GigaChat-2', billable_tokens: 41, cost_rub: 0.02665, at_ms })
  })

  expect(reading.numbers).toMatchObject({ carts: 3, errors: 1, messages: 3, llm_calls: 2, tokens: 200 })
  expect(reading.numbers.cost_rub).toBeCloseTo(0.13, 9)
  expect(reading).toMatchObject({ signs: [], linesLost: 0 })
  expect(reading.models).toEqual({
    'GigaChat-2-Max': { tokens: 159, tolerance: 0 },
    'GigaChat-2': { tokens: 41, tolerance: 0 },
  })
})

test('a line counts on the day of its fact, whenever it was written', async () => {
  const day_ms = 24 * 3_600_000

  const reading = await read(to.getTime() + 1_000, log => {
    log.info('message_recorded', { event_id: randomUUID(), at_ms: within(-1) })
    log.info('message_recorded', { event_id: randomUUID(), at_ms: within(0) })
    log.info('message_recorded', { event_id: randomUUID(), at_ms: within(day_ms - 1) })
    log.info('message_recorded', { event_id: randomUUID(), at_ms: within(day_ms) })
  })

  expect(reading.numbers.messages).toBe(2)
})

test('a start, waiting events and lost lines are signs', async () => {
  const reading = await read(within(7_200_000), log => {
    log.info('bot_started', {})
    log.warn('events_waiting', { count: 2 })
    log.warn('logs_lost', { reason: 'spool_full', count: 4 })
    log.warn('logs_lost', { reason: 'disk', count: 3 })
  })

  expect(reading).toMatchObject({ signs: ['restart', 'events_waited', 'lines_lost'], linesLost: 7 })
})

test('a day without any line has the sign no_data', async () => {
  const reading = await read(within(0), () => undefined)

  expect(reading.signs).toEqual(['no_data'])
})
