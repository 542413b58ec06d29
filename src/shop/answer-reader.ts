import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import { McpError } from '../errors.ts'
import { ownTurn } from '../process/own-turn.ts'
import { isJsonObject, parseJson } from './json.ts'

/** A JSON-RPC answer, parsed leniently. */
const Answer = z
  .looseObject({ id: z.unknown().optional(), error: z.unknown().optional(), result: z.unknown().optional() })
  .refine(message => isPresent(message.error) || message.result !== undefined)

/** A response of the server whose body was not read yet. */
export interface UnreadAnswer {
  /** The header Content-Type. */
  type: string
  body: AsyncIterable<Uint8Array>
}

/**
 * Reads the JSON-RPC answer to request `id` from a response body, and stops reading as soon as it is complete. Distinguishes
 * JSON from event streams by content, since the content type is unreliable. Throws McpError for a body over `maxBytes`, one
 * that is neither, or one without the answer.
 */
export async function readAnswer({ type, body }: UnreadAnswer, id: string | number, maxBytes: number): Promise<object> {
  const isStream = type.split(';')[0]?.trim().toLowerCase() === 'text/event-stream'
  const events = createEventReader(id)
  let text = ''
  for await (const part of textParts(body, maxBytes)) {
    text += part
    if (isStream && events.feed(part) !== undefined) break
  }
  await ownTurn()
  // what is JSON is no event stream, and the parser of those makes an error of each of its lines
  const answer = isStream ? (events.end('') ?? answerIn(text, id)) : (answerIn(text, id) ?? events.end(text))
  if (answer !== undefined) return answer
  if (isStream) throw new McpError('no_answer', 'the event stream ended without the answer', true)
  throw new McpError('unreadable', 'the answer is not a JSON-RPC answer to the request', true)
}

/** The JSON-RPC error in `text`, normalized, or undefined. */
export function readError(text: string, id: string | number): object | undefined {
  const answer = answerIn(text, id)
  return answer !== undefined && 'error' in answer ? answer : undefined
}

/** Reads the whole body as text. Throws McpError if it is longer than `maxBytes`. */
export async function readText(body: UnreadAnswer['body'], maxBytes: number): Promise<string> {
  let text = ''
  for await (const part of textParts(body, maxBytes)) text += part
  return text
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

async function* textParts(body: UnreadAnswer['body'], maxBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new McpError('too_large', `the answer is over ${maxBytes} bytes`, false)
    yield decoder.decode(chunk, { stream: true })
  }
  yield decoder.decode()
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
