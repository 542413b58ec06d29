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
  /** Sends a request and parses its result object with `read`. Throws RateLimitError, TimeoutError or McpError. */
  request<T>(request: McpRequest, read: (result: Record<string, unknown>) => T): Promise<T>
}

export interface McpConnectionDeps {
  url: string
  version: string
  fetch: FetchLike
  /** Aborts requests in flight; later ones are rejected. */
  closed: AbortSignal
}

const Result = z.looseObject({})
type Read<T> = (result: Record<string, unknown>) => T

/** Disables the SDK's timeout, which would also send a cancellation; our fetch has its own. */
const options = { timeout: 2 ** 31 - 1 }

/**
 * Creates a client of the server that connects on first use and again after a failure. Servers report a lost session with
 * any status, code and body, so after a protocol error the session is reopened and the call repeated once. No connection
 * stays open between requests.
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
      // a stateless server may not support the handshake; with an empty id the SDK skips it, and does not send the id
      return open({ sessionId: '' })
    }
  }
  /** The client shared by all requests; `lost` is replaced. */
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
      // a request that failed in transport stays registered in the SDK's client, so the client is replaced
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

/** A failure that a lost session may have caused. */
class SessionDoubt extends Error {
  constructor(cause: unknown) {
    super('the session may be lost', { cause })
  }
}

/** True if the server answered that it does not support this handshake. */
const handshakeRefused = (err: unknown) =>
  err instanceof McpError ? /^http_4(?:00|04|05|06|10|15)$/.test(err.code) : !(err instanceof AppError)

/**
 * True if a failed call may mean that the server does not know the session: it answered, and the answer is neither a result
 * nor about the rate limit or the arguments.
 */
function maySayLostSession(err: unknown): boolean {
  if (err instanceof ProtocolError) return !saysRateLimit(err) && !namesArguments(err)
  if (err instanceof McpError) return /^(?:http_(?!408)[34]\d\d|unreadable|no_answer)$/.test(err.code)
  return !(err instanceof AppError)
}

/** True for a tool that failed without a code, or with one about the session. */
const namesSession = (err: unknown): boolean =>
  err instanceof McpError && /^tool_error$|session|initiali[sz]|handshake/i.test(err.code)

/** Converts errors of the SDK, which quote the server and so perhaps a user: their text and cause are dropped. */
function asShopError(err: unknown): AppError {
  if (err instanceof AppError) return err
  if (!(err instanceof ProtocolError)) return new McpError('unreadable', 'the result has an unknown shape', false)
  if (saysRateLimit(err)) return new RateLimitError('shop', `JSON-RPC error ${err.code}`)
  if (namesArguments(err)) return new ShopRefusal(String(err.code), 'the arguments were refused')
  return new McpError(String(err.code), 'JSON-RPC error', !willStay.has(err.code))
}
/** Parse error, invalid request, unknown method, invalid params: not retryable. */
const willStay = new Set([-32700, -32600, -32601, -32602])

const RateLimitData = z.object({ code: z.union([z.literal('rate_limited'), z.literal('rate_limit'), z.literal(429)]) })
const saysRateLimit = (err: ProtocolError) =>
  err.code === 429 || RateLimitData.safeParse(err.data).success || /rate.?limit|too many requests/i.test(err.message)

/** The server lists the invalid arguments. `-32602` without the list may also report a lost session. */
const ArgumentErrors = z.object({ validation_errors: z.array(z.unknown()).min(1) })
const namesArguments = (err: ProtocolError) => ArgumentErrors.safeParse(err.data).success
