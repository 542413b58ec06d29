import { z } from 'zod'
import { McpError, RateLimitError } from '../errors.ts'
import { isJsonObject, type JsonObject, jsonInText, parseJson } from './json.ts'
import { ShopRefusal } from './service-failure.ts'

const optionalText = z.string().optional().catch(undefined)
const Block = z.looseObject({
  text: optionalText,
  resource: z.looseObject({ text: optionalText, blob: optionalText }).optional().catch(undefined),
})

/** What `tools/call` returns, read no stricter than needed. */
export const McpResult = z.looseObject({
  content: z.array(Block.catch({})).optional().catch(undefined),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional().catch(undefined),
})
export type McpResult = z.infer<typeof McpResult>

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
 * What `read` makes of a tool's answer, from whichever part holds the data: text blocks, a resource, the structured part;
 * beside notes, in a fence, encoded twice. Throws RateLimitError, ShopRefusal or McpError when the tool refused, failed, or
 * said nothing readable. The server's own words are not repeated: they may quote a person.
 */
export function readToolResult<T>(result: McpResult, read: (data: unknown) => T): T {
  const texts = textsOf(result)
  const values = [result.structuredContent, ...texts].flatMap(objectsIn)
  if (values.length === 0) throw unreadable(result, texts)
  let failure: unknown
  for (const value of values) {
    try {
      return read(dataOf(value, result.isError === true))
    } catch (err) {
      // A part that is only unreadable says less than one that refuses.
      if (failure === undefined || (isUnreadable(failure) && !isUnreadable(err))) failure = err
    }
  }
  throw failure
}

const isUnreadable = (err: unknown) => err instanceof McpError && err.code === 'unreadable'

/** The texts of the answer, one by one and joined, for data may be cut into parts. */
function textsOf({ content = [] }: McpResult): string[] {
  const texts = content.flatMap(({ text, resource }) => {
    const blob = resource?.blob === undefined ? undefined : Buffer.from(resource.blob, 'base64').toString('utf8')
    return [text, resource?.text, blob].filter(part => part !== undefined)
  })
  return texts.length > 1 ? [...texts, texts.join('')] : texts
}

/** The objects a part holds: itself, its text read as JSON, or what a wrapper named `result` holds. */
function objectsIn(part: unknown): JsonObject[] {
  if (typeof part === 'string') {
    const whole = parseJson(part)
    return whole === undefined ? jsonInText(part).flatMap(({ value }) => objectsIn(value)) : objectsIn(whole)
  }
  if (!isJsonObject(part)) return []
  const wrapped = 'result' in part && Object.keys(part).length === 1 ? objectsIn(part.result) : []
  return wrapped.length > 0 ? wrapped : [part]
}

function dataOf(value: JsonObject, isError: boolean): unknown {
  const { ok, error, code, data } = Envelope.parse(value)
  const refused = ok === false || isError || (error !== null && error !== undefined)
  if (refused) throw refusal(typeof error === 'object' && error !== null ? error : value, code)
  if (isRateLimit(code)) throw new RateLimitError('shop', 'rate_limited')
  return typeof data === 'string' ? (parseJson(data) ?? data) : (data ?? value)
}

function refusal(details: unknown, topCode: string | null | undefined) {
  const { code: ownCode, http_status: status, retryable } = Refusal.parse(details)
  const code = ownCode ?? topCode
  if (isRateLimit(code) || status === 429) return new RateLimitError('shop', 'rate_limited')
  const known = code ?? (status === null || status === undefined ? 'tool_error' : `status_${status}`)
  const name = /^[\w.-]{1,40}$/.test(known) ? known : 'tool_error'
  if (retryable !== true && saysWhatIsWrongWithTheRequest(name, status))
    return new ShopRefusal(name, 'the tool refused')
  return new McpError(name, 'the tool failed', retryable ?? true)
}

/** Codes and statuses about what was asked for; any other refusal is a failure of the shop. */
const saysWhatIsWrongWithTheRequest = (code: string, status: number | null | undefined) =>
  /^(?:empty|invalid|unknown|missing|bad|too|no)_|not_?found|validation|^status_4(?:00|04|10|22)$/i.test(code) ||
  status === 400 ||
  status === 404 ||
  status === 410 ||
  status === 422

/** An answer without an object: the words of a tool that failed, or nothing we know. */
function unreadable(result: McpResult, texts: readonly string[]) {
  const text = texts.join('\n').slice(0, 2_000)
  if (result.isError !== true) {
    // A page of some proxy comes and goes; our own misreading of JSON does not.
    return new McpError('unreadable', 'the tool did not answer with a JSON object', text.trimStart().startsWith('<'))
  }
  if (/rate.?limit|too many requests|\b429\b/i.test(text)) return new RateLimitError('shop', 'rate_limited')
  if (namesTheRequest.test(text)) return new ShopRefusal('tool_refused', 'the tool refused without a code')
  return new McpError('tool_error', 'the tool failed without a code', true)
}

/** A failed tool's words count as a refusal only when they name what was asked for: a product, an argument. */
const namesTheRequest =
  /(?:product|item|xml_id|argument|parameter|input|товар|продукт|параметр|аргумент)\P{L}[^.\n]{0,80}(?:not found|unknown|invalid|not exist|required|не найден|не существует|неверн|недопустим)|(?:invalid|unknown|missing|no such|неверный|неизвестный) (?:product|item|xml_id|argument|parameter|input|id|товар|параметр|аргумент)|validation error/iu

const isRateLimit = (code: string | null | undefined) =>
  code === 'rate_limited' || code === 'rate_limit' || code === '429'
