import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../test/support/metrics.ts'
import { sleep } from '../process/sleep.ts'
import { type Log, silentLog } from '../telemetry/log.ts'
import type { CartFact, CartOutcome, EventFact, EventOutcome, Fact, MessageFact, MessageOutcome } from './facts.ts'
import { createRecorder } from './recorder.ts'
import { createSpool } from './spool.ts'

const fact: MessageFact = {
  kind: 'message',
  id: '00000000-0000-4000-8000-000000000001',
  userId: 7,
  at: new Date('2026-03-10T20:59:59Z'),
  requestId: 'REQ',
}
const user: MessageOutcome['user'] = {
  userId: 7,
  registeredAt: fact.at,
  daysSinceRegistration: 0,
  cartsCreated: 0,
  cartLimit: 5,
  surveyCompleted: false,
  survey: null,
  consentVersion: null,
  blocked: null,
  messagesInSession: 1,
  hasLastCart: false,
}

/** Lines and counts that are published for a message with this outcome. */
async function published(outcome: MessageOutcome | EventOutcome | CartOutcome | null, submitted: Fact = fact) {
  const lines: [string, Record<string, unknown>][] = []
  const log: Log = { ...silentLog, info: (event, fields) => void lines.push([event, fields]) }
  const register = createTestRegistry()
  const spool = createSpool(mkdtempSync(join(tmpdir(), 'lines-')))
  const recorder = createRecorder({ store: { apply: async () => [outcome] }, spool, log, register, sleep })
  await recorder.submit(submitted)
  return { lines, register, counted: await metricValue(register, 'bot_messages_recorded_total') }
}

const line = { event_id: fact.id, user_id: 7, request_id: 'REQ', at_ms: fact.at.getTime() }

test('a message becomes one line and one count with the time that decides its day', async () => {
  const { lines, counted } = await published({ user, sessionStarted: false, delivery: 'first', cart: null })

  expect(lines).toEqual([['message_recorded', line]])
  expect(counted).toBe(1)
})

test('a message that begins a session is a message and an event', async () => {
  const { lines } = await published({ user, sessionStarted: true, delivery: 'first', cart: null })

  expect(lines).toEqual([
    ['message_recorded', line],
    ['business_event', { event_type: 'session_start', ...line }],
  ])
})

const cart: CartFact = {
  ...{ kind: 'cart', id: fact.id, userId: 7, at: fact.at, requestId: 'REQ', messageFactId: fact.id },
  ...{ totalSum: 100, scenario: 'search', affiliateTag: null, revises: true, cart: {} },
}
test.each([
  [0, 1, 0],
  [3, 0, 1],
])(
  'a cart is a line with its revision (%i), and counts as a cart or as a correction',
  async (revision, first, corrections) => {
    const outcome = { cartNumber: 2, revision, cartsCreated: 2, cartLimit: 5, inviterPaid: null, repeat: false }

    const { lines, register } = await published(outcome, cart)

    expect(lines).toEqual([['business_event', { event_type: 'cart_created', revision, ...line }]])
    expect(await metricValue(register, 'bot_carts_recorded_total', { version: 'first' })).toBe(first)
    expect(await metricValue(register, 'bot_carts_recorded_total', { version: 'correction' })).toBe(corrections)
  },
)

test.each(['repeat', 'done'] as const)('a second delivery (%s) is not counted again', async delivery => {
  const { lines, counted } = await published({ user, sessionStarted: false, delivery, cart: null })

  expect([lines, counted]).toEqual([[], 0])
})

const search: EventFact = {
  kind: 'event',
  id: fact.id,
  userId: 7,
  at: fact.at,
  requestId: 'REQ',
  eventType: 'product_search',
  metadata: { query: 'сыр', results_count: 1, had_results: true },
}
test.each<[string, EventOutcome | null, number]>([
  ['a new row', { stored: true }, 1],
  ['a row that was there before', { stored: false }, 0],
  ['a row of a commit without an answer', null, 1],
])('an event that is %s has as many lines', async (_, outcome, count) => {
  expect((await published(outcome, search)).lines).toEqual(
    Array.from({ length: count }, () => ['business_event', { event_type: 'product_search', ...line }]),
  )
})
