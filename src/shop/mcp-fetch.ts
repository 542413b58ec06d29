import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import { z } from 'zod'
import { McpError, RateLimitError, TimeoutError } from '../errors.ts'
import { createOutboundFetch, type OutboundFetch } from '../process/outbound.ts'
import { readAnswer, readError, readText } from './answer-reader.ts'
import { parseJson } from './json.ts'

export interface McpFetchOptions {
  timeoutMs: number
  maxBytes: number
  /** User-Agent header: the shop's firewall rejects some default ones. */
  userAgent: string
  /** Default: Node's own, without a proxy. */
  fetch?: OutboundFetch
  now: () => Date
}

const Sent = z.looseObject({ id: z.union([z.string(), z.number()]).optional() })

/**
 * Creates the `fetch` for the SDK's transport, with a timeout (body included), a size limit, no redirects, and errors of the
 * HTTP layer. Returns one plain JSON answer, so that no form of response leaves a request pending. Throws RateLimitError,
 * TimeoutError or McpError.
 */
export function createMcpFetch(options: McpFetchOptions): FetchLike {
  const send = options.fetch ?? createOutboundFetch()
  return async (url, init) => {
    const sent = Sent.parse(parseJson(String(init?.body)))
    const headers = new Headers(init?.headers)
    headers.set('user-agent', options.userAgent)
    return withTimeLimit(options.timeoutMs, init?.signal, async signal => {
      const response = await send(url, {
        method: init?.method ?? 'GET',
        headers: Object.fromEntries(headers),
        body: typeof init?.body === 'string' ? init.body : null,
        signal,
      })
      try {
        return await handOn(response, sent, options)
      } finally {
        await dispose(response)
      }
    })
  }
}

async function handOn(response: Response, sent: z.infer<typeof Sent>, options: McpFetchOptions): Promise<Response> {
  const session = response.headers.get('mcp-session-id')
  const headers = { 'content-type': 'application/json', ...(session === null ? {} : { 'mcp-session-id': session }) }
  if (!response.ok) {
    const answer = await refusal(response, sent, options)
    return new Response(JSON.stringify(answer), { headers })
  }
  // after a 202 the transport would open a stream for server messages, which are not used
  if (sent.id === undefined) return new Response(null, { status: 204, headers })
  return new Response(JSON.stringify(await readAnswer(response, sent.id, options.maxBytes)), { headers })
}

/** Returns a JSON-RPC error as the answer, whatever the status; throws for any other error response. */
async function refusal(response: Response, sent: z.infer<typeof Sent>, options: McpFetchOptions): Promise<object> {
  const { status } = response
  if (status === 429)
    throw new RateLimitError('shop', 'HTTP 429', retryAfterMs(response.headers.get('retry-after'), options.now()))
  const error = sent.id === undefined ? undefined : readError(await readText(response, options.maxBytes), sent.id)
  if (error !== undefined) return error
  const isFailing = status >= 500 || status === 408
  throw new McpError(`http_${status}`, isFailing ? 'the shop is failing' : 'unexpected status', isFailing)
}

async function withTimeLimit<T>(
  timeoutMs: number,
  outer: AbortSignal | null | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  const close = () => controller.abort(new McpError('closed', 'the connection was closed', false))
  if (outer?.aborted) close()
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

/** Converts the TypeError by which fetch reports a broken connection, while connecting or within a body. */
function asNetworkError(err: unknown): unknown {
  if (!(err instanceof TypeError)) return err
  const cause = z.object({ code: z.string() }).safeParse(err.cause)
  return new McpError('network', cause.success ? cause.data.code : 'connection failed', true, err)
}

async function dispose(response: Response): Promise<void> {
  if (!response.bodyUsed) await response.body?.cancel()
}

/** Parses Retry-After: seconds or an HTTP date. */
function retryAfterMs(header: string | null, now: Date): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now.getTime()
  return Number.isFinite(ms) && ms > 0 ? ms : undefined
}
