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
 * Parses a tool's answer with `read`, from whichever part contains the data: text blocks, a resource, the structured part;
 * also between notes, in a code fence, encoded twice. Throws RateLimitError, ShopRefusal or McpError if the tool refused,
 * failed, or returned nothing readable. Errors do not quote the server, whose text may quote a user.
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
      // an explicit refusal is more informative than an unreadable part
      if (failure === undefined || (isUnreadable(failure) && !isUnreadable(err))) failure = err
    }
  }
  throw failure
}

const isUnreadable = (err: unknown) => err instanceof McpError && err.code === 'unreadable'

/** Texts of the answer, each alone and all joined, since data may be split into parts. */
function textsOf({ content = [] }: McpResult): string[] {
  const texts = content.flatMap(({ text, resource }) => {
    const blob = resource?.blob === undefined ? undefined : Buffer.from(resource.blob, 'base64').toString('utf8')
    return [text, resource?.text, blob].filter(part => part !== undefined)
  })
  return texts.length > 1 ? [...texts, texts.join('')] : texts
}

/** JSON objects of a part: the part itself, its text parsed as JSON, or the value of a wrapper `result`. */
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
  if (retryable !== true && isAboutRequest(name, status)) return new ShopRefusal(name, 'the tool refused')
  return new McpError(name, 'the tool failed', retryable ?? true)
}

/** True for codes and statuses about the request; any other refusal is a failure of the shop. */
const isAboutRequest = (code: string, status: number | null | undefined) =>
  /^(?:empty|invalid|unknown|missing|bad|too|no)_|not_?found|validation|^status_4(?:00|04|10|22)$/i.test(code) ||
  status === 400 ||
  status === 404 ||
  status === 410 ||
  status === 422

/** Error for an answer without an object: the text of a failed tool, or an unknown format. */
function unreadable(result: McpResult, texts: readonly string[]) {
  const text = texts.join('\n').slice(0, 2_000)
  if (result.isError !== true) {
    // a proxy's page is transient, an unknown format of JSON is not
    return new McpError('unreadable', 'the tool did not answer with a JSON object', text.trimStart().startsWith('<'))
  }
  if (/rate.?limit|too many requests|\b429\b/i.test(text)) return new RateLimitError('shop', 'rate_limited')
  if (namesTheRequest.test(text)) return new ShopRefusal('tool_refused', 'the tool refused without a code')
  return new McpError('tool_error', 'the tool failed without a code', true)
}

/** Text of a failed tool that counts as a refusal: it names a product or an argument. */
const namesTheRequest =
  /(?:product|item|xml_id|argument|parameter|input|товар|продукт|параметр|аргумент)\P{L}[^.\n]{0,80}(?:not found|unknown|invalid|not exist|required|не найден|не существует|неверн|недопустим)|(?:invalid|unknown|missing|no such|неверный|неизвестный) (?:product|item|xml_id|argument|parameter|input|id|товар|параметр|аргумент)|validation error/iu

const isRateLimit = (code: string | null | undefined) =>
  code === 'rate_limited' || code === 'rate_limit' || code === '429'
