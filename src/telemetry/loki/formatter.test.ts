import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { pino } from 'pino'
import { pinoLoki } from 'pino-loki'
import { expect, test } from 'vitest'
import { formatLines } from './formatter.ts'

const labels = { service_name: 'vkusvill-bot', env: 'test' }
const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const
const fields = {
  event: 'tool_call',
  user_id: 'ab12',
  list: [1, 'две'],
  err: { name: 'MCPError', message: 'a "b"\n' },
  none: null,
}

/** A line of each level, with different times. */
function written(): string {
  let ms = 1_763_824_000_000
  const lines: string[] = []
  const logger = pino(
    { base: null, level: 'trace', timestamp: () => `,"time":${ms++}` },
    { write: line => lines.push(line) },
  )
  for (const level of levels) logger[level](fields, 'tool called')
  return lines.join('')
}

/** Body that pino-loki itself pushes for the lines. */
async function pushedByPinoLoki(lines: string): Promise<unknown> {
  let body: unknown
  const server = createServer(async (request, response) => {
    body = await json(request)
    response.writeHead(204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const options = { labels, propsToLabels: ['event'], structuredMetaKey: false as const }
  const stream = pinoLoki({ host: `http://127.0.0.1:${port}`, ...options })
  stream.end(lines)
  await once(stream, 'close')
  server.close()
  return body
}

test('formats lines as pino-loki would push them, of every level, in order', async () => {
  const { lines, skipped } = formatLines(written(), labels)

  expect(skipped).toBe(0)
  const streams = lines.map(({ labels, ms, text }) => ({ stream: labels, values: [[`${ms}000000`, text]] }))
  expect({ streams }).toEqual(await pushedByPinoLoki(written()))
})

test('whole lines are shipped as they were written', () => {
  expect(formatLines(written(), labels, true)).toEqual(formatLines(written(), labels))
  expect(
    formatLines(written(), labels, true)
      .lines.map(({ text }) => `${text}\n`)
      .join(''),
  ).toBe(written())
})

test('a line without a time gets the time of its arrival', () => {
  const begun = Date.now()

  const { lines } = formatLines('{"level":30}\n{"level":30,"time":"soon"}\n', labels)

  expect(lines).toHaveLength(2)
  for (const { ms } of lines) expect(ms).toBeGreaterThanOrEqual(begun)
})

test('invalid JSON is counted, and the lines around it are taken', () => {
  const text = '{"level":30,"time":1,"msg":"a"}\nnull\n{"level":30,\n{"level":30,"time":2,"msg":"b"}\n{"level":3'

  const { lines, skipped } = formatLines(text, labels)

  expect(lines.map(({ text }) => JSON.parse(text).msg)).toEqual(['a', 'b'])
  expect(skipped).toBe(3)
})
