import { request } from 'undici'
import { judge, noAnswer, type PushResult } from './push-verdict.ts'

export type Push = (gzippedBody: Buffer, stop: AbortSignal) => Promise<PushResult>

const maxAnswerBytes = 16 * 1024

/** Creates a function that pushes to Loki over HTTP. Never rejects; does not follow redirects; sends credentials of the URL in a header. */
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
    // not AbortSignal.any(): on Node 20 each call leaks memory on the long-lived signal
    const abort = new AbortController()
    const cut = () => abort.abort()
    const timer = setTimeout(cut, timeoutMs)
    stop.addEventListener('abort', cut)
    try {
      // not fetch(): its streams and header objects cost several times the push, ten times a second
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

/** Reads the first 16 KiB of a body: Loki's are short, another program's may never end. */
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
