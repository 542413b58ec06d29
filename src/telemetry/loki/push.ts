import { request } from 'undici'
import { judge, noAnswer, type PushResult } from './push-verdict.ts'

export type Push = (gzippedBody: Buffer, stop: AbortSignal) => Promise<PushResult>

const maxAnswerBytes = 16 * 1024

/** One HTTP push to Loki, never throwing. Redirects are not followed. Credentials in the address go into a header. */
export function createPush(lokiUrl: string, timeoutMs: number): Push {
  const url = new URL('loki/api/v1/push', `${lokiUrl.replace(/\/+$/, '')}/`)
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  const headers = {
    'content-type': 'application/json',
    'content-encoding': 'gzip',
    ...(credentials !== ':' && { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
  }

  return async (body, stop) => {
    // Not AbortSignal.any(): on Node 20 each call would leave something behind on the long-lived signal.
    const abort = new AbortController()
    const cut = () => abort.abort()
    const timer = setTimeout(cut, timeoutMs)
    stop.addEventListener('abort', cut)
    try {
      // not fetch(): its streams and header objects cost several times the push itself, ten times a second
      const response = await request(url, { method: 'POST', headers, body, signal: abort.signal })
      return judge({
        status: response.statusCode,
        contentType: single(response.headers['content-type']),
        retryAfter: single(response.headers['retry-after']),
        body: await readStart(response.body),
      })
    } catch {
      return noAnswer(abort.signal.aborted ? 'timeout' : 'unreachable')
    } finally {
      clearTimeout(timer)
      stop.removeEventListener('abort', cut)
    }
  }
}

const single = (header: string | string[] | undefined): string | null =>
  Array.isArray(header) ? (header[0] ?? null) : (header ?? null)

/** The first bytes of an answer: Loki's are short, and a stranger's may never end. */
async function readStart(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > maxAnswerBytes) break
  }
  return Buffer.concat(chunks).toString('utf8', 0, maxAnswerBytes)
}
