import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createClockwork, divide, type LogLine, type LogStream, toBatches } from './log-batch.ts'

const line = fc.record({
  event: fc.constantFrom('a', 'b', 'c'),
  text: fc.string({ maxLength: 40, unit: 'grapheme' }),
})
type Given = ReadonlyArray<{ event: string; text: string }>
const linesOf = (given: Given): LogLine[] => given.map(({ event, text }, ms) => ({ labels: { event }, ms, text }))
const streamsOf = (given: Given): LogStream[] =>
  given.map(({ event, text }, i) => ({ stream: { event }, values: [[String(i), text]] }))
const byStream = (batches: ReadonlyArray<readonly LogStream[]>) => {
  const found: Record<string, string[]> = {}
  for (const { stream, values } of batches.flat()) {
    found[stream.event ?? ''] = [...(found[stream.event ?? ''] ?? []), ...values.map(([ns, text]) => ns + text)]
  }
  return found
}

test('grouping keeps every line and the order in each stream, one stream object each, below the size', () => {
  fc.assert(
    fc.property(fc.array(line), lines => {
      const batches = toBatches(linesOf(lines), 100, String)

      expect(byStream(batches)).toEqual(byStream([streamsOf(lines)]))
      for (const batch of batches) {
        expect(new Set(batch.map(({ stream }) => stream.event)).size).toBe(batch.length)
        const texts = batch.flatMap(({ values }) => values.map(([, text]) => text))
        if (texts.length > 1) expect(Buffer.byteLength(texts.join(''))).toBeLessThanOrEqual(100)
      }
    }),
  )
})

test('repeated division ends in single lines, in order', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), lines => {
      let batches = toBatches(linesOf(lines), 1_000_000, String)
      for (let i = 0; i < 12; i++) batches = batches.flatMap(divide)

      expect(batches).toHaveLength(lines.length)
      expect(byStream(batches)).toEqual(byStream([streamsOf(lines)]))
    }),
  )
})

test('timestamps of a set of lines differ, also when the clock goes back, and are the same for the same set', () => {
  const times = [1763824000123, 1763824000123, 1763824000124, 1763824000123]

  const moments = times.map(createClockwork(7))

  expect(moments).toEqual(['1763824000123007000', '1763824000123007001', '1763824000124007000', '1763824000123007002'])
  expect(times.map(createClockwork(7))).toEqual(moments)
  expect(times.map(createClockwork(8))).not.toContain(moments[0])
})
