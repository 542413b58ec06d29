import { expect, test } from 'vitest'
import { UpstreamError } from '../../errors.ts'
import { readLogRecord } from '../../telemetry/log-record.ts'
import { createLookUpRequest } from './look-up-request.ts'
import type { LineSourceState } from './request-lines.ts'
import type { RequestEvent } from './request-store.ts'

const now = new Date('2026-11-26T12:00:00Z')
const eventId = '3f2504e0-4f89-41d3-9a0c-0305e82c3301'
const event = (requestId: string, given: Partial<RequestEvent> = {}): RequestEvent => ({
  ...{ id: eventId, requestId, userId: 7, type: 'session_start', at: now, metadata: {} },
  ...given,
})
const line = (request_id: string, fields: object = {}) =>
  JSON.stringify({
    time: now.getTime(),
    level: 30,
    event: 'update_handled',
    request_id,
    outcome: 'answered',
    ...fields,
  })

interface World {
  lines?: string[]
  failed?: RequestEvent[]
  others?: RequestEvent[]
  rowsAnswer?: boolean
  sources?: LineSourceState[]
}

/** A look-up over these lines and events; `asked` are the windows in which lines and events were looked for. */
function setup({ lines = [], failed = [], others = [], rowsAnswer = true, sources = [] }: World) {
  const asked: unknown[] = []
  const rows = async (found: RequestEvent[]) => {
    if (!rowsAnswer) throw new UpstreamError('postgres', null, 'down', true)
    return found
  }
  const lookUp = createLookUpRequest({
    now: () => now,
    store: {
      failed: code => rows(failed.filter(({ requestId }) => requestId.startsWith(code))),
      within: (code, from, to) => {
        asked.push({ from, to })
        return rows([...failed, ...others].filter(({ requestId }) => requestId.startsWith(code)))
      },
      event: async id => (await rows([...failed, ...others])).find(one => one.id === id) ?? null,
    },
    lines: {
      find: async (field, beginning, around) => {
        asked.push({ around })
        const found = lines.filter(text => text.includes(`"${field}":"${beginning}`))
        return { records: found.map(readLogRecord).filter(record => record !== null), sources }
      },
    },
  })
  return { lookUp, asked }
}

test('lines and events of one request are joined', async () => {
  const { lookUp } = setup({ lines: [line('AAAAAAAAAAA1')], others: [event('AAAAAAAAAAA1')] })

  expect(await lookUp('aaaa aaaa aaa1')).toMatchObject({
    kind: 'found',
    story: { requestId: 'AAAAAAAAAAA1', userId: 7, outcome: 'answered', lines: 1, events: [{ type: 'session_start' }] },
    sources: { rows: true },
  })
})

test('the time of a failure narrows the search among the lines, and lines found nowhere near are looked for everywhere', async () => {
  const { lookUp, asked } = setup({ failed: [event('AAAAAAAAAAA1', { type: 'bot_error' })] })

  await lookUp('AAAAAAAAAAA1')

  expect(asked).toEqual([{ around: now }, { around: null }])
})

test('the time of the lines narrows the search among the events', async () => {
  const day = 24 * 3_600_000
  const { lookUp, asked } = setup({ lines: [line('AAAAAAAAAAA1', { at_ms: now.getTime() - day })] })

  await lookUp('AAAAAAAAAAA1')

  expect(asked[1]).toEqual({ from: new Date(now.getTime() - 2 * day), to: new Date(now.getTime() + day) })
})

test('a beginning that fits several is answered with all of them, the newest first', async () => {
  const { lookUp } = setup({
    lines: [line('AAAA00000001'), line('AAAA00000002', { time: now.getTime() + 1_000 })],
    others: [event('AAAA00000003', { at: new Date(now.getTime() - 1_000) })],
  })

  const found = await lookUp('AAAA')

  expect(found).toMatchObject({
    kind: 'several',
    code: 'AAAA',
    stories: [{ requestId: 'AAAA00000002' }, { requestId: 'AAAA00000001' }, { requestId: 'AAAA00000003' }],
  })
})

test('the id of an event leads to its request, from its row or from its line', async () => {
  const byRow = setup({ others: [event('AAAAAAAAAAA1')] })
  const byLine = setup({ lines: [line('AAAAAAAAAAA1', { event: 'business_event', event_id: eventId })] })

  expect(await byRow.lookUp(eventId)).toMatchObject({ kind: 'found', story: { requestId: 'AAAAAAAAAAA1' } })
  expect(await byLine.lookUp(eventId)).toMatchObject({ kind: 'found', story: { requestId: 'AAAAAAAAAAA1' } })
})

test('without PostgreSQL or without lines the other half is shown, and what did not answer is named', async () => {
  const sources = [{ name: 'loki', state: 'failed' }] as const
  const noRows = setup({ lines: [line('AAAAAAAAAAA1')], others: [event('AAAAAAAAAAA1')], rowsAnswer: false })
  const noLines = setup({ others: [event('AAAAAAAAAAA1')], sources: [...sources] })
  const nothing = setup({ rowsAnswer: false, sources: [...sources] })

  expect(await noRows.lookUp('AAAAAAAAAAA1')).toMatchObject({
    kind: 'found',
    story: { events: [] },
    sources: { rows: false },
  })
  expect(await noLines.lookUp('AAAAAAAAAAA1')).toMatchObject({
    kind: 'found',
    story: { lines: 0 },
    sources: { lines: sources },
  })
  expect(await nothing.lookUp('AAAAAAAAAAA1')).toEqual({
    kind: 'unknown',
    code: 'AAAAAAAAAAA1',
    sources: { rows: false, lines: sources },
  })
})

test('a bug of ours is no silent source', async () => {
  const { lookUp } = setup({})
  const broken = createLookUpRequest({
    now: () => now,
    store: { failed: () => Promise.reject(new TypeError('bug')), within: async () => [], event: async () => null },
    lines: { find: async () => ({ records: [], sources: [] }) },
  })

  await expect(broken('AAAAAAAAAAA1')).rejects.toThrow('bug')
  expect(await lookUp('привет')).toEqual({ kind: 'unreadable' })
})
