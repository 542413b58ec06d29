import { TimeoutError, UpstreamError } from '../../errors.ts'
import { type AnswerHead, type BodyReader, httpCall, wholeBody } from '../../process/http-call.ts'
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
  /** Limit of this request, where it is not that of the exchange. */
  limitMs?: number | undefined
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

  const post: Exchange = async (url, { headers, body = null, signal, limitMs = timeoutMs }) => {
    if (closed) throw new UpstreamError('gigachat', null, 'the client is closed', false)
    try {
      // not fetch(): its streams and header objects cost several times the exchange itself
      const { status, retryAfter, bytes } = await httpCall(agent, url, {
        method: body === null ? 'GET' : 'POST',
        headers,
        body,
        signal,
        limit: { ms: limitMs, error: () => new TimeoutError('gigachat', limitMs) },
        read: readReply,
      })
      await ownTurn()
      return { status, retryAfter, body: bytes.toString('utf8') }
    } catch (err) {
      signal?.throwIfAborted()
      if (err instanceof GigaChatError || err instanceof TimeoutError) throw err
      throw new GigaChatError('network', null, 'connection failed', { cause: err })
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

/** The whole answer; what is larger than any honest one is not read on. */
function readReply({ status, headers }: AnswerHead): BodyReader<Omit<Reply, 'body'> & { bytes: Buffer }> {
  const retryAfter = headers['retry-after']
  const body = wholeBody(maxBodyBytes, () => new GigaChatError('shape', status, 'answer too large'))
  return {
    take: body.take,
    end: () => ({ status, retryAfter: typeof retryAfter === 'string' ? retryAfter : null, bytes: body.end() }),
  }
}
