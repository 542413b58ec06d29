import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { judge, noAnswer, type PushResult } from './push-verdict.ts'

export type Push = (gzippedBody: Buffer, stop: AbortSignal) => Promise<PushResult>

const maxAnswerBytes = 16 * 1024
/** Less than what servers and proxies wait before they close a connection that is not used. */
const idleSocketMs = 4_000

/** Creates a function that pushes to Loki over HTTP. Never rejects; does not follow redirects; sends credentials of the URL in a header. */
export function createPush(lokiUrl: string, timeoutMs: number): Push {
  const url = new URL('loki/api/v1/push', `${lokiUrl.replace(/\/+$/, '')}/`)
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  // not undici: it takes 5 MB and half the start of the shipping thread, which pushes twice a second
  const { Agent, request } = url.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, timeout: idleSocketMs })
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
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        request(url, { method: 'POST', headers, agent, signal: abort.signal })
          .on('response', resolve)
          .on('error', reject)
          .end(body)
      })
      return judge({
        status: answer.statusCode ?? 0,
        contentType: answer.headers['content-type'] ?? null,
        retryAfter: answer.headers['retry-after'] ?? null,
        body: await readStart(answer),
      })
    } catch {
      return noAnswer(abort.signal.aborted ? 'timeout' : 'unreachable')
    } finally {
      clearTimeout(timer)
      stop.removeEventListener('abort', cut)
    }
  }
}

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
