import { expect, test } from 'vitest'
import { createLokiStore, defaultLimits, type LokiLimits } from './loki-store.ts'

const now = new Date('2025-11-22T12:00:00Z')
const ns = (msAgo: number) => `${now.getTime() - msAgo}000000`
const good = { stream: { a: '1' }, values: [[ns(0), 'good']] }

function push(streams: unknown, limits: Partial<LokiLimits> = {}) {
  const store = createLokiStore({ ...defaultLimits, ...limits }, () => now)
  const { status, text } = store.push(Buffer.from(JSON.stringify({ streams })), undefined)
  return { status, text, lines: store.lines().map(({ line }) => line) }
}

test.each([
  ['too old', { stream: { a: '1' }, values: [[ns(170 * 3_600_000), 'x']] }, 'too old'],
  ['from the future', { stream: { a: '1' }, values: [[ns(-3_600_000), 'x']] }, 'too new'],
  ['too long', { stream: { a: '1' }, values: [[ns(0), 'x'.repeat(300_000)]] }, 'max entry size'],
  ['with too much metadata', { stream: { a: '1' }, values: [[ns(0), 'x', { m: 'x'.repeat(20_000) }]] }, 'metadata'],
  ['far behind its stream', { stream: { a: '1' }, values: [[ns(2 * 3_600_000), 'x']] }, 'too far behind'],
  [
    'of a stream with too many labels',
    { stream: Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`l${i}`, 'x'])), values: [[ns(0), 'x']] },
    'label names',
  ],
])('a line %s is rejected alone', (_what, bad, reason) => {
  const { status, text, lines } = push([good, bad, { ...good, values: [[ns(0), 'later']] }])

  expect(status).toBe(400)
  expect(text).toContain(reason)
  expect(lines).toEqual(['good', 'later'])
})

test.each([
  ['a label name with a dot', [good, { stream: { 'chat.id': '1' }, values: [[ns(0), 'x']] }]],
  ['metadata that is no string', [good, { stream: { a: '1' }, values: [[ns(0), 'x', { n: 1 }]] }]],
  ['a time that is no number', [good, { stream: { a: '1' }, values: [['NaN', 'x']] }]],
  ['no streams', undefined],
])('%s refuses the whole body', (_what, streams) => {
  expect(push(streams)).toMatchObject({ status: 400, lines: [] })
})

test('a body above a size limit is rejected as a whole, however often it is pushed', () => {
  expect(push([good], { burstBytes: 10 })).toMatchObject({ status: 429, lines: [] })
  expect(push([good], { grpcBytes: 10 })).toMatchObject({ status: 500, lines: [] })
})

test('a stream beyond the limit is rejected, known ones are accepted', () => {
  const { status, lines } = push([good, { stream: { b: '2' }, values: [[ns(0), 'new']] }, good], { maxStreams: 1 })

  expect(status).toBe(429)
  expect(lines).toEqual(['good'])
})

test('equal lines with equal timestamps are stored once, a different line is stored too', () => {
  expect(push([good, good, { ...good, values: [[ns(0), 'other']] }]).lines).toEqual(['good', 'other'])
})

test('a body declared as gzip that is not is rejected', () => {
  const store = createLokiStore(defaultLimits, () => now)

  expect(store.push(Buffer.from('{}'), 'gzip').status).toBe(400)
})
