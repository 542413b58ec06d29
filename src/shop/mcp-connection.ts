import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js'
import { McpError as ProtocolError } from '@modelcontextprotocol/sdk/types.js'
import { z } from 'zod'
import { AppError, McpError, RateLimitError } from '../errors.ts'
import { ShopRefusal } from './service-failure.ts'

interface McpRequest {
  method: 'tools/call' | 'tools/list'
  params: Record<string, unknown>
}

export interface McpConnection {
  /** What `read` makes of the result object. Throws RateLimitError, TimeoutError or McpError. */
  request<T>(request: McpRequest, read: (result: Record<string, unknown>) => T): Promise<T>
}

export interface McpConnectionDeps {
  url: string
  version: string
  fetch: FetchLike
  /** Aborted, it ends what is in flight, and later requests are refused. */
  closed: AbortSignal
}

const Result = z.looseObject({})
type Read<T> = (result: Record<string, unknown>) => T

/** Our fetch keeps the time limit. The SDK's own must never come first, for it would send a cancellation besides. */
const options = { timeout: 2 ** 31 - 1 }

/**
 * One client of the server, connected on first use and again after a failure. Servers report a lost session in any status,
 * code and body, so every protocol error of a call opens the session anew and repeats the call, once, before it is
 * an error. Nothing stays open between requests.
 */
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
  /** The client all requests share; `lost` is one that is not to be used again. */
  const connect = (lost?: Promise<Client>): Promise<Client> => {
    if (connected === undefined || connected === lost) {
      const current = handshake()
      connected = current
      current.catch(() => {
        if (connected === current) connected = undefined
      })
    }
    return connected
  }
  const send = async (connection: Promise<Client>, request: McpRequest): Promise<Record<string, unknown>> => {
    const client = await connection
    try {
      return await client.request(request, Result, options)
    } catch (err) {
      // A request that failed in transport stays registered in the SDK's client, so that client is not used again.
      if (!(err instanceof ProtocolError) && connected === connection) connected = undefined
      throw maySayLostSession(err) ? new SessionDoubt(err) : err
    }
  }
  const call = async <T>(connection: Promise<Client>, request: McpRequest, read: Read<T>): Promise<T> => {
    const result = await send(connection, request)
    try {
      return read(result)
    } catch (err) {
      throw namesSession(err) ? new SessionDoubt(err) : err
    }
  }

  return {
    async request(request, read) {
      const connection = connect()
      try {
        return await call(connection, request, read).catch(err => {
          if (err instanceof SessionDoubt) return call(connect(connection), request, read)
          throw err
        })
      } catch (err) {
        throw asShopError(err instanceof SessionDoubt ? err.cause : err)
      }
    },
  }
}

/** A call over an open connection failed in a way that a lost session may have caused. */
class SessionDoubt extends Error {
  constructor(cause: unknown) {
    super('the session may be lost', { cause })
  }
}

/** The server answered, and the answer is that it does not do handshakes of our kind. */
const handshakeRefused = (err: unknown) =>
  err instanceof McpError ? /^http_4(?:00|04|05|06|10|15)$/.test(err.code) : !(err instanceof AppError)

/**
 * Whether a failed call may mean that the server does not know our session (any more): it answered, and the answer is
 * neither a result nor a word about our pace or our arguments.
 */
function maySayLostSession(err: unknown): boolean {
  if (err instanceof ProtocolError) return !saysRateLimit(err) && !namesArguments(err)
  if (err instanceof McpError) return /^(?:http_(?!408)[34]\d\d|unreadable|no_answer)$/.test(err.code)
  return !(err instanceof AppError)
}

/** A tool that failed without a code, or with one that names the session. */
const namesSession = (err: unknown): boolean =>
  err instanceof McpError && /^tool_error$|session|initiali[sz]|handshake/i.test(err.code)

/** Foreign errors quote the server, and so perhaps a person: neither their text nor themselves are kept. */
function asShopError(err: unknown): AppError {
  if (err instanceof AppError) return err
  if (!(err instanceof ProtocolError)) return new McpError('unreadable', 'the result has an unknown shape', false)
  if (saysRateLimit(err)) return new RateLimitError('shop', `JSON-RPC error ${err.code}`)
  if (namesArguments(err)) return new ShopRefusal(String(err.code), 'the arguments were refused')
  return new McpError(String(err.code), 'JSON-RPC error', !willStay.has(err.code))
}
/** Parse error, invalid request, unknown method, invalid params: the same request meets them again. */
const willStay = new Set([-32700, -32600, -32601, -32602])

const RateLimitData = z.object({ code: z.union([z.literal('rate_limited'), z.literal('rate_limit'), z.literal(429)]) })
const saysRateLimit = (err: ProtocolError) =>
  err.code === 429 || RateLimitData.safeParse(err.data).success || /rate.?limit|too many requests/i.test(err.message)

/** The server lists which of our arguments it does not take. `-32602` alone is also what a lost session is reported with. */
const ArgumentErrors = z.object({ validation_errors: z.array(z.unknown()).min(1) })
const namesArguments = (err: ProtocolError) => ArgumentErrors.safeParse(err.data).success
