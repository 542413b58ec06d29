import { createParser } from 'eventsource-parser'
import { z } from 'zod'
import { McpError } from '../errors.ts'

/** A JSON-RPC answer. An error may lack the id when the server could not read the request. */
const Answer = z
  .looseObject({
    id: z.union([z.string(), z.number(), z.null()]).optional(),
    error: z.unknown().optional(),
    result: z.unknown().optional(),
  })
  .refine(message => message.error !== undefined || message.result !== undefined)

/**
 * The JSON-RPC answer to request `id` from a response body, JSON or event stream, which is left as soon as the answer is
 * there. Throws McpError for a body over `maxBytes`, one that is neither, or one without the answer.
 */
export async function readAnswer(response: Response, id: string | number, maxBytes: number): Promise<object> {
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  if (type === 'text/event-stream') return readStream(response, id, maxBytes)
  const text = await readText(response, maxBytes)
  const answer = findAnswer(text, id)
  if (answer === undefined) throw new McpError('unreadable', 'the answer is not a JSON-RPC answer to the request', true)
  return answer
}

/** The whole body as text. Throws McpError when it is longer than `maxBytes`. */
export async function readText(response: Response, maxBytes: number): Promise<string> {
  let text = ''
  for await (const part of textParts(response, maxBytes)) text += part
  return text
}

async function readStream(response: Response, id: string | number, maxBytes: number): Promise<object> {
  let answer: object | undefined
  const parser = createParser({
    onEvent: event => {
      answer ??= findAnswer(event.data, id)
    },
  })
  for await (const part of textParts(response, maxBytes)) {
    parser.feed(part)
    if (answer !== undefined) return answer
  }
  // A last event that was not closed by a blank line.
  parser.feed('\n\n')
  if (answer === undefined) throw new McpError('no_answer', 'the event stream ended without the answer', true)
  return answer
}

async function* textParts(response: Response, maxBytes: number): AsyncGenerator<string> {
  if (response.body === null) return
  const decoder = new TextDecoder()
  let bytes = 0
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new McpError('too_large', `the answer is over ${maxBytes} bytes`, false)
    yield decoder.decode(chunk, { stream: true })
  }
  yield decoder.decode()
}

/** The message of `text` (one or a batch) that answers `id`, with the id as we sent it. */
function findAnswer(text: string, id: string | number): object | undefined {
  const parsed = parseJson(text)
  for (const message of Array.isArray(parsed) ? parsed : [parsed]) {
    const answer = Answer.safeParse(message)
    if (!answer.success) continue
    // Each POST carries one request, so an error without an id is about ours.
    const theirs = answer.data.id ?? (answer.data.error === undefined ? undefined : id)
    if (String(theirs) === String(id)) return { ...answer.data, id }
  }
  return undefined
}

/** The JSON value of `text`, or undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
