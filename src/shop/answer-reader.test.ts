import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import type { BodyReader } from '../process/http-call.ts'
import { answerBody, readError, textBody } from './answer-reader.ts'

const id = 7
const result = { content: [{ type: 'text', text: 'сыр' }] }
const ours = { jsonrpc: '2.0', id, result }
const theirs = { jsonrpc: '2.0', id: 8, result: { other: true } }
const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } }
const refusal = { code: -32603, message: 'no session' }
const event = (message: unknown) => `event: message\ndata: ${JSON.stringify(message)}\n\n`
const stream = 'text/event-stream'

type Body = ConstructorParameters<typeof Response>[0]
const bodyOf = (body: Body) => new Response(body).body ?? Readable.from([])
/** As a call over HTTP does: part by part, until the reader has enough. */
async function readWith<T>(reader: BodyReader<T>, body: Body): Promise<T> {
  for await (const part of bodyOf(body)) if (reader.take(Buffer.from(part))) break
  return reader.end()
}
const read = async (body: Body, type = 'application/json', maxBytes = 10_000) =>
  (await readWith(answerBody(type, id, maxBytes), body))()

/** A body in parts of one byte, which cuts every letter in two. */
const byteByByte = (text: string) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of new TextEncoder().encode(text)) controller.enqueue(Uint8Array.of(byte))
      controller.close()
    },
  })

describe('the answer is found', () => {
  test.each([
    ['in JSON', JSON.stringify(ours), undefined],
    ['after a byte order mark', `\uFEFF${JSON.stringify(ours)}`, undefined],
    ['in a batch, whatever precedes it', JSON.stringify([progress, theirs, ours]), undefined],
    ['behind an error about another request', JSON.stringify([{ id: null, error: refusal }, ours]), undefined],
    ['under its id as text', JSON.stringify({ ...ours, id: '7' }), undefined],
    ['beside an error of null', JSON.stringify({ ...ours, error: null }), undefined],
    ['in a stream after other messages', event(progress) + event(theirs) + event(ours), stream],
    ['in a stream behind an error', event({ id: null, error: refusal }) + event(ours), stream],
    ['in a stream, of two the first', event(ours) + event({ ...ours, result: {} }), stream],
    ['in a last event without a blank line', event(ours).trimEnd(), stream],
    ['in a stream called JSON', event(progress) + event(ours), 'application/json'],
    ['in JSON called a stream', JSON.stringify(ours), stream],
    ['in a stream whose type has parameters', event(ours), 'Text/Event-Stream ; charset=utf-8'],
  ])('%s', async (_, body, type) => {
    expect(await read(body, type)).toEqual(ours)
  })

  test.each([
    ['JSON', JSON.stringify(ours), undefined],
    ['a stream', event(ours), stream],
  ])('in %s that arrives byte by byte', async (_, body, type) => {
    expect(await read(byteByByte(body), type)).toEqual(ours)
  })

  test('in a stream that stays open, which is then closed', async () => {
    let isCancelled = false
    const open = new ReadableStream<Uint8Array>({
      start: controller => controller.enqueue(new TextEncoder().encode(event(ours))),
      cancel() {
        isCancelled = true
      },
    })

    expect(await read(open, stream)).toEqual(ours)
    expect(isCancelled).toBe(true)
  })

  test('when its result is null', async () => {
    expect(await read(JSON.stringify({ id, result: null }))).toEqual({ jsonrpc: '2.0', id, result: null })
  })
})

describe('an error', () => {
  test.each([
    ['of this request', { id, error: refusal }, refusal],
    ['with an id of null', { id: null, error: refusal }, refusal],
    ['without an id', { error: refusal }, refusal],
    ['with details', { id, error: { ...refusal, data: { retry: 5 } } }, { ...refusal, data: { retry: 5 } }],
    ['with its code as text', { id, error: { code: '-32601', message: 'x' } }, { code: -32601, message: 'x' }],
    ['with a code in words', { id, error: { code: 'oops', message: 'x' } }, { code: -32000, message: 'x' }],
    ['without code and message', { id, error: {} }, { code: -32000, message: '' }],
    ['with a message that is no text', { id, error: { code: 1, message: {} } }, { code: 1, message: '' }],
    ['that is only text', { id, error: 'overloaded' }, { code: -32000, message: 'overloaded' }],
    ['beside a result', { id, error: refusal, result: {} }, refusal],
  ])('%s is the answer', async (_, message, error) => {
    expect(await read(JSON.stringify(message))).toEqual({ jsonrpc: '2.0', id, error })
    expect(await read(event(message), stream)).toEqual({ jsonrpc: '2.0', id, error })
    expect(readError(JSON.stringify(message), id)).toEqual({ jsonrpc: '2.0', id, error })
  })

  test('of two without an id is the first', async () => {
    const second = { error: { code: 2, message: 'second' } }

    expect(await read(JSON.stringify([{ error: refusal }, second]))).toMatchObject({ error: refusal })
    expect(await read(event({ error: refusal }) + event(second), stream)).toMatchObject({ error: refusal })
  })

  test('is not read from a result or from prose', () => {
    expect(readError(JSON.stringify(ours), id)).toBeUndefined()
    expect(readError('Bad Gateway', id)).toBeUndefined()
  })
})

describe('there is no answer', () => {
  test.each([
    ['an empty body', ''],
    ['no body', null],
    ['a page of a proxy', '<html>502</html>'],
    ['the answer to another request', JSON.stringify(theirs)],
    ['a message with neither result nor error', JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' })],
    ['an error of null alone', JSON.stringify({ id, error: null })],
    ['an empty batch', '[]'],
  ])('in %s', async (_, body) => {
    await expect(read(body)).rejects.toMatchObject({
      code: 'unreadable',
      retryable: true,
      message: expect.stringContaining('not a JSON-RPC answer'),
    })
    await expect(read(body, stream)).rejects.toMatchObject({
      code: 'no_answer',
      retryable: true,
      message: expect.stringContaining('ended without the answer'),
    })
  })
})

test('a body of the maximum length is read, a longer one is not, and the limit is named', async () => {
  const body = JSON.stringify(ours)
  const bytes = Buffer.byteLength(body)
  const tooLarge = { code: 'too_large', retryable: false, message: expect.stringContaining(`over ${bytes - 1} bytes`) }

  expect(await read(byteByByte(body), undefined, bytes)).toEqual(ours)
  expect(await readWith(textBody(bytes), byteByByte(body))).toBe(body)
  await expect(read(byteByByte(body), undefined, bytes - 1)).rejects.toMatchObject(tooLarge)
  await expect(readWith(textBody(bytes - 1), byteByByte(body))).rejects.toMatchObject(tooLarge)
})

test('a letter cut off at the end is replaced, not dropped', async () => {
  expect(await readWith(textBody(10), Uint8Array.of(0x61, 0xd1))).toBe('a\uFFFD')
})
