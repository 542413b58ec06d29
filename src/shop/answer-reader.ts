import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import { McpError } from '../errors.ts'
import type { BodyReader } from '../process/http-call.ts'
import { isJsonObject, parseJson } from './json.ts'

/** A JSON-RPC answer, parsed leniently. */
const Answer = z
  .looseObject({ id: z.unknown().optional(), error: z.unknown().optional(), result: z.unknown().optional() })
  .refine(message => isPresent(message.error) || message.result !== undefined)

/**
 * Reads a response body for the JSON-RPC answer to request `id`, no further than the answer. What it comes to finds the answer in
 * it: JSON and event streams are distinguished by content, since the content type is unreliable. Throws McpError for a body over
 * `maxBytes`, one that is neither, or one without the answer.
 */
export function answerBody(type: string, id: string | number, maxBytes: number): BodyReader<() => object> {
  const isStream = type.split(';')[0]?.trim().toLowerCase() === 'text/event-stream'
  const events = createEventReader(id)
  const body = textBody(maxBytes, part => isStream && events.feed(part) !== undefined)
  const find = (text: string): object => {
    // what is JSON is no event stream, and the parser of those makes an error of each of its lines
    const answer = isStream ? (events.end('') ?? answerIn(text, id)) : (answerIn(text, id) ?? events.end(text))
    if (answer !== undefined) return answer
    if (isStream) throw new McpError('no_answer', 'the event stream ended without the answer', true)
    throw new McpError('unreadable', 'the answer is not a JSON-RPC answer to the request', true)
  }
  return {
    take: body.take,
    end: () => {
      const text = body.end()
      return () => find(text)
    },
  }
}

/** Reads a body as text, until `isEnough` is true of a part. Throws McpError if it is longer than `maxBytes`. */
export function textBody(maxBytes: number, isEnough: (part: string) => boolean = () => false): BodyReader<string> {
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  return {
    take: part => {
      bytes += part.byteLength
      if (bytes > maxBytes) throw new McpError('too_large', `the answer is over ${maxBytes} bytes`, false)
      const decoded = decoder.decode(part, { stream: true })
      text += decoded
      return isEnough(decoded)
    },
    end: () => text + decoder.decode(),
  }
}

/** The JSON-RPC error in `text`, normalized, or undefined. */
export function readError(text: string, id: string | number): object | undefined {
  const answer = answerIn(text, id)
  return answer !== undefined && 'error' in answer ? answer : undefined
}

/** Searches the events of a stream for the answer; an error with another request id counts only at the end. */
function createEventReader(id: string | number) {
  let answer: object | undefined
  let lastError: object | undefined
  const parser = createParser({
    onEvent: ({ data }) => {
      const found = findAnswer(data, id)
      answer ??= found.ours
      lastError ??= found.error
    },
  })
  return {
    feed(part: string) {
      parser.feed(part)
      return answer
    },
    end(rest: string) {
      // A last event may not be closed by a blank line.
      parser.feed(`${rest}\n\n`)
      return answer ?? lastError
    },
  }
}

function answerIn(text: string, id: string | number): object | undefined {
  const { ours, error } = findAnswer(text, id)
  return ours ?? error
}

/**
 * Finds the message in `text` (one or a batch) that answers `id`, and restores the id. Each POST carries one request, so an
 * error is about it whatever its id; servers that lost a session send none, null or a string.
 */
function findAnswer(text: string, id: string | number): { ours?: object; error?: object } {
  const parsed = parseJson(text)
  let error: object | undefined
  for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
    const answer = Answer.safeParse(message)
    if (!answer.success) continue
    const { id: theirs, result } = answer.data
    const wellFormed = isPresent(answer.data.error)
      ? { jsonrpc: '2.0', id, error: asError(answer.data.error) }
      : { jsonrpc: '2.0', id, result }
    if (String(theirs) === String(id)) return { ours: wellFormed }
    if ('error' in wellFormed) error ??= wellFormed
  }
  return error === undefined ? {} : { error }
}

const isPresent = (value: unknown) => value !== undefined && value !== null

/** First code of JSON-RPC's range for implementation-defined server errors. */
const unnamedError = -32000

function asError(raw: unknown) {
  if (!isJsonObject(raw)) return { code: unnamedError, message: String(raw) }
  const code = Number(raw.code)
  return {
    code: Number.isInteger(code) ? code : unnamedError,
    message: typeof raw.message === 'string' ? raw.message : '',
    ...(raw.data === undefined ? {} : { data: raw.data }),
  }
}
