import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import { McpError as ProtocolError } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { AppError, McpError, RateLimitError } from '../errors.ts'
import { SessionLostError } from './mcp-fetch.ts'

export interface McpRequest {
  method: 'tools/call' | 'tools/list'
  params: Record<string, unknown>
}

export interface McpConnection {
  /** The result object as the server gave it. Throws RateLimitError, TimeoutError or McpError. */
  request(request: McpRequest): Promise<Record<string, unknown>>
}

export interface McpConnectionDeps {
  url: string
  version: string
  fetch: FetchLike
  /** Aborted, it ends what is in flight, and later requests are refused. */
  closed: AbortSignal
}

const Result = z.looseObject({})

/** Our fetch keeps the time limit. The SDK's own must never come first, for it would send a cancellation besides. */
const options = { timeout: 2 ** 31 - 1 }

/** One client of the server, connected on first use and again after a failure. Nothing stays open between requests. */
export function createMcpConnection({ url, version, fetch, closed }: McpConnectionDeps): McpConnection {
  let connected: Promise<Client> | undefined
  const abortable: FetchLike = (target, init) => fetch(target, { ...init, signal: closed })

  const open = async (sessionId: { sessionId?: string } = {}): Promise<Client> => {
    const client = new Client({ name: 'vkusvill-bot', version })
    await client.connect(new StreamableHTTPClientTransport(new URL(url), { fetch: abortable, ...sessionId }), options)
    return client
  }
  const handshake = async (): Promise<Client> => {
    try {
      return await open()
    } catch (err) {
      if (!handshakeRefused(err)) throw err
      // A stateless server may know no handshake at all. The empty id tells the SDK not to initialize; it is not sent.
      return open({ sessionId: '' })
    }
  }
  const once = async (request: McpRequest): Promise<Record<string, unknown>> => {
    const current = connected ?? handshake()
    connected = current
    try {
      const client = await current
      return await client.request(request, Result, options)
    } catch (err) {
      // A request that failed in transport stays registered in the SDK's client, so that client is not used again.
      if (!(err instanceof ProtocolError) && connected === current) connected = undefined
      throw err
    }
  }

  return {
    async request(request) {
      try {
        return await once(request).catch(err => {
          if (err instanceof SessionLostError) return once(request)
          throw err
        })
      } catch (err) {
        throw asShopError(err)
      }
    },
  }
}

/** The server answered, and the answer is that it does not do handshakes of our kind. */
const handshakeRefused = (err: unknown) =>
  err instanceof McpError ? err.code === 'http_405' : !(err instanceof AppError)

/** Foreign errors quote the server, and so perhaps a person: neither their text nor themselves are kept. */
function asShopError(err: unknown): AppError {
  if (err instanceof AppError) return err
  if (err instanceof SessionLostError) return new McpError(`http_${err.status}`, 'refused also in a new session', false)
  if (!(err instanceof ProtocolError)) return new McpError('unreadable', 'the result has an unknown shape', false)
  if (saysRateLimit(err)) return new RateLimitError('shop', `JSON-RPC error ${err.code}`)
  return new McpError(String(err.code), 'JSON-RPC error', err.code === internalError)
}
const internalError = -32603

const RateLimitData = z.object({ code: z.union([z.literal('rate_limited'), z.literal('rate_limit'), z.literal(429)]) })
const saysRateLimit = (err: ProtocolError) =>
  err.code === 429 || RateLimitData.safeParse(err.data).success || /rate.?limit|too many requests/i.test(err.message)
