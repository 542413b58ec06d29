import { setMaxListeners } from 'node:events'
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import type { Dispatcher } from 'undici'
import { z } from 'zod'
import { AppError, McpError, RateLimitError, TimeoutError } from '../errors.ts'
import { type AnswerHead, type BodyReader, httpCall } from '../process/http-call.ts'
import { createOutboundAgent } from '../process/outbound.ts'
import { ownTurn } from '../process/own-turn.ts'
import { answerBody, readError, textBody } from './answer-reader.ts'
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
    const outer = init?.signal ?? undefined
    const closed = () => new McpError('closed', 'the connection was closed', false)
    if (outer?.aborted) throw closed()
    // that of the connection, which each call in flight listens to: the warning about leaks does not apply
    if (outer) setMaxListeners(0, outer)
    try {
      const respond = await httpCall(dispatcher, url, {
        method: init?.method === 'POST' || init?.method === 'DELETE' ? init.method : 'GET',
        headers,
        body,
        signal: outer,
        limit: { ms: options.timeoutMs, error: () => new TimeoutError('shop', options.timeoutMs) },
        read: head => readResponse(head, sent, options),
      })
      await ownTurn()
      return respond()
    } catch (err) {
      if (outer?.aborted) throw closed()
      throw asNetworkError(err)
    }
  }
}

/** A response that is parsed already: its text is not written to be read again. */
const parsed = (answer: object, headers: Record<string, string>): Response =>
  Object.assign(new Response(null, { headers }), { json: async () => answer })

type Respond = () => Response

/** What makes the response of the head and the body of one. */
function readResponse(
  { status, headers }: AnswerHead,
  sent: z.infer<typeof Sent>,
  { maxBytes, now }: McpFetchOptions,
): BodyReader<Respond> | { value: Respond } {
  const session = oneOf(headers['mcp-session-id'])
  const passedOn = { 'content-type': 'application/json', ...(session === null ? {} : { 'mcp-session-id': session }) }
  if (status === 429) throw new RateLimitError('shop', 'HTTP 429', retryAfterMs(oneOf(headers['retry-after']), now()))
  if (status < 200 || status > 299) {
    const { id } = sent
    const failure = () => {
      const isFailing = status >= 500 || status === 408
      return new McpError(`http_${status}`, isFailing ? 'the shop is failing' : 'unexpected status', isFailing)
    }
    if (id === undefined) throw failure()
    return mapped(textBody(maxBytes), text => () => {
      // a JSON-RPC error is the answer, whatever the status
      const error = readError(text, id)
      if (error === undefined) throw failure()
      return parsed(error, passedOn)
    })
  }
  // after a 202 the transport would open a stream for server messages, which are not used
  if (sent.id === undefined) return { value: () => new Response(null, { status: 204, headers: passedOn }) }
  const type = oneOf(headers['content-type']) ?? ''
  return mapped(answerBody(type, sent.id, maxBytes), find => () => parsed(find(), passedOn))
}

const mapped = <A, B>({ take, end }: BodyReader<A>, map: (read: A) => B): BodyReader<B> => ({
  take,
  end: () => map(end()),
})

const oneOf = (header: string | string[] | undefined): string | null => [header].flat()[0] ?? null

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
