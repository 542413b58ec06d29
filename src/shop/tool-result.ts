import { z } from 'zod'
import { McpError, RateLimitError } from '../errors.ts'
import { parseJson } from './answer-reader.ts'

/** What `tools/call` returns, read no stricter than needed. */
export const ToolResult = z.looseObject({
  content: z
    .array(z.looseObject({ text: z.string().optional().catch(undefined) }))
    .optional()
    .catch(undefined),
  structuredContent: z.looseObject({}).optional().catch(undefined),
  isError: z.boolean().optional().catch(undefined),
})
export type ToolResult = z.infer<typeof ToolResult>

const Code = z.union([z.string(), z.number()]).transform(String).nullish().catch(null)
const Refusal = z.looseObject({
  code: Code,
  http_status: z.coerce.number().nullish().catch(null),
  retryable: z.boolean().nullish().catch(null),
})
const Envelope = z.looseObject({
  ok: z.boolean().optional().catch(undefined),
  code: Code,
  error: z.union([Refusal, z.string()]).nullish().catch(null),
})

/**
 * The data of a tool's answer, from the text or the structured content. Throws RateLimitError or McpError when the tool
 * refused or said nothing readable. The server's own words are not repeated: they may quote a person.
 */
export function toolData(result: ToolResult): unknown {
  const text = (result.content ?? []).map(part => part.text ?? '').join('')
  const value = result.structuredContent ?? parseJson(text)
  const envelope = Envelope.safeParse(value)
  if (!envelope.success) throw unreadable(result, text)

  const { ok, error, code, data } = envelope.data
  const refused = ok === false || result.isError === true || (error !== null && error !== undefined)
  if (refused) throw refusal(typeof error === 'object' && error !== null ? error : envelope.data, code)
  if (isRateLimit(code)) throw new RateLimitError('shop', 'rate_limited')
  return data ?? value
}

function refusal(details: z.infer<typeof Refusal> | z.infer<typeof Envelope>, topCode: string | null | undefined) {
  const { http_status: status, retryable } = Refusal.parse(details)
  const code = details.code ?? topCode
  if (isRateLimit(code) || status === 429) return new RateLimitError('shop', 'rate_limited')
  const known = code ?? (status === null || status === undefined ? 'tool_error' : `status_${status}`)
  return new McpError(/^[\w.-]{1,40}$/.test(known) ? known : 'tool_error', 'the tool refused', retryable === true)
}

function unreadable(result: ToolResult, text: string) {
  if (result.isError !== true) {
    // A page of some proxy comes and goes; our own misreading of JSON does not.
    return new McpError('unreadable', 'the tool did not answer with a JSON object', text.trimStart().startsWith('<'))
  }
  if (/rate.?limit|too many requests|\b429\b/i.test(text)) return new RateLimitError('shop', 'rate_limited')
  return new McpError('tool_error', 'the tool failed without a code', false)
}

const isRateLimit = (code: string | null | undefined) =>
  code === 'rate_limited' || code === 'rate_limit' || code === '429'
