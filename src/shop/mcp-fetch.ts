import { setMaxListeners } from 'node:events'
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import { type Dispatcher, request } from 'undici'
import { z } from 'zod'
import { AppError, McpError, RateLimitError, TimeoutError } from '../errors.ts'
import { createOutboundAgent } from '../process/outbound.ts'
import { readAnswer, readError, readText } from './answer-reader.ts'
import { parseJson } from './json.ts'

export interface McpFetchOptions {
  timeoutMs: number
  maxBytes: number
  /** User-Agent header: the shop's firewall rejects some default ones. */
  userAgent: string
  /** Default: a pool of its own, without a proxy. */
  agent?: Dispatcher
  now: () => Date
}

const Sent = z.looseObject({ id: z.union([z.string(), z.number()]).optional() })

/**
 * Creates the `fetch` for the SDK's transport, with a timeout (body included), a size limit, no redirects, and errors of the
 * HTTP layer. Returns one plain JSON answer, so that no form of response leaves a request pending. It is not fetch() below: its
 * streams and header objects cost several times the exchange. Throws RateLimitError, TimeoutError or McpError.
 */
export function createMcpFetch(options: McpFetchOptions): FetchLike {
  const dispatcher = options.agent ?? createOutboundAgent()
  return async (url, init) => {
    const body = typeof init?.body === 'string' ? init.body : null
    const sent = Sent.parse(parseJson(String(body)))
    const headers = {
      ...Object.fromEntries(new Headers(init?.headers)),
      'user-agent': options.userAgent,
      'accept-encoding': 'identity', // nothing here decompresses
    }
    return withTimeLimit(options.timeoutMs, init?.signal, async signal => {
      const method = init?.method === 'POST' || init?.method === 'DELETE' ? init.method : 'GET'
      const response = await request(url, { method, headers, body, signal, dispatcher })
      try {
        return await handOn(response, sent, options)
      } finally {
        // one that was not read to its end is cut off
        response.body.on('error', () => undefined).destroy()
      }
    })
  }
}

/** A response that is parsed already: its text is not written to be read again. */
const parsed = (answer: object, headers: Record<string, string>): Response =>
  Object.assign(new Response(null, { headers }), { json: async () => answer })

async function handOn(
  { statusCode: status, headers, body }: Dispatcher.ResponseData,
  sent: z.infer<typeof Sent>,
  { maxBytes, now }: McpFetchOptions,
): Promise<Response> {
  const session = oneOf(headers['mcp-session-id'])
  const passedOn = { 'content-type': 'application/json', ...(session === null ? {} : { 'mcp-session-id': session }) }
  if (status === 429) throw new RateLimitError('shop', 'HTTP 429', retryAfterMs(oneOf(headers['retry-after']), now()))
  if (status < 200 || status > 299) {
    // a JSON-RPC error is the answer, whatever the status
    const error = sent.id === undefined ? undefined : readError(await readText(body, maxBytes), sent.id)
    if (error !== undefined) return parsed(error, passedOn)
    const isFailing = status >= 500 || status === 408
    throw new McpError(`http_${status}`, isFailing ? 'the shop is failing' : 'unexpected status', isFailing)
  }
  // after a 202 the transport would open a stream for server messages, which are not used
  if (sent.id === undefined) return new Response(null, { status: 204, headers: passedOn })
  const type = oneOf(headers['content-type']) ?? ''
  return parsed(await readAnswer({ type, body }, sent.id, maxBytes), passedOn)
}

const oneOf = (header: string | string[] | undefined): string | null => [header].flat()[0] ?? null

async function withTimeLimit<T>(
  timeoutMs: number,
  outer: AbortSignal | null | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const close = () => controller.abort(new McpError('closed', 'the connection was closed', false))
  if (outer?.aborted) close()
  // that of the connection, which each call in flight listens to: the warning about leaks does not apply
  if (outer) setMaxListeners(0, outer)
  outer?.addEventListener('abort', close)
  const timer = setTimeout(() => controller.abort(new TimeoutError('shop', timeoutMs)), timeoutMs)
  try {
    return await work(controller.signal)
  } catch (err) {
    if (controller.signal.aborted) throw controller.signal.reason
    throw asNetworkError(err)
  } finally {
    clearTimeout(timer)
    outer?.removeEventListener('abort', close)
  }
}

/** Converts what reports a broken connection, while connecting or within a body. */
function asNetworkError(err: unknown): unknown {
  if (err instanceof AppError) return err
  const { data } = z.object({ code: z.string() }).safeParse(err)
  return data === undefined ? err : new McpError('network', data.code, true, err)
}

/** Parses Retry-After: seconds or an HTTP date. */
function retryAfterMs(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now.getTime()
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}
