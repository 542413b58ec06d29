import { type Dispatcher, request } from 'undici'
import { TimeoutError, UpstreamError } from '../../errors.ts'
import { createOutboundAgent, type ProxySettings } from '../../process/outbound.ts'
import { ownTurn } from '../../process/own-turn.ts'
import { GigaChatError } from './gigachat-error.ts'

/** An HTTP answer, read to its end. */
interface Reply {
  status: number
  retryAfter: string | null
  body: string
}

interface Post {
  headers: Record<string, string>
  /** undefined: a GET. */
  body?: string | Buffer | undefined
  signal?: AbortSignal | undefined
}

/** One request without retries: rejects with TimeoutError, GigaChatError, or the signal's reason. */
export type Exchange = (url: string, post: Post) => Promise<Reply>

export interface ExchangeOptions {
  /** PEM certificates that replace the default roots. */
  ca: string | undefined
  proxy?: ProxySettings | undefined
  /** From the call to the last byte of the answer. */
  timeoutMs: number
}

/** Far above any answer of the model. */
const maxBodyBytes = 4 * 1024 * 1024

/** Creates a connection pool whose certificates are trusted for GigaChat alone. `close` aborts requests in flight. */
export function createExchange({ ca, proxy, timeoutMs }: ExchangeOptions): { post: Exchange; close(): Promise<void> } {
  const agent = createOutboundAgent({ ca, proxy })
  let closed = false

  const post: Exchange = async (url, { headers, body, signal }) => {
    if (closed) throw new UpstreamError('gigachat', null, 'the client is closed', false)
    signal?.throwIfAborted()
    const ending = new AbortController()
    const timer = setTimeout(() => ending.abort(new TimeoutError('gigachat', timeoutMs)), timeoutMs)
    const giveUp = () => ending.abort(signal?.reason)
    signal?.addEventListener('abort', giveUp)
    try {
      // not fetch(): its streams and header objects cost several times the exchange itself; redirects are not followed
      const response = await request(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers,
        body: body ?? null,
        dispatcher: agent,
        signal: ending.signal,
      })
      const retryAfter = response.headers['retry-after']
      return {
        status: response.statusCode,
        retryAfter: typeof retryAfter === 'string' ? retryAfter : null,
        body: await read(response),
      }
    } catch (err) {
      ending.signal.throwIfAborted()
      if (err instanceof GigaChatError) throw err
      throw new GigaChatError('network', null, 'connection failed', { cause: err })
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    }
  }

  return {
    post,
    async close() {
      closed = true
      await agent.destroy()
    },
  }
}

/** The body as text; what is larger than any honest answer is not read on. */
async function read({ body, statusCode }: Dispatcher.ResponseData): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > maxBodyBytes) throw new GigaChatError('shape', statusCode, 'answer too large')
    chunks.push(chunk)
  }
  await ownTurn()
  return Buffer.concat(chunks).toString('utf8')
}
