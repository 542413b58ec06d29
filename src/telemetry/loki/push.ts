import { request } from 'undici'
import type { PushOutcome } from '../log-metrics.ts'

export interface PushResult {
  outcome: PushOutcome
  /** Loki's own words, cut. */
  reason: string
  /** How long Loki asks us to wait. */
  retryAfterMs: number | undefined
  /** Lines older than this are refused for good. */
  acceptableSinceMs: number | undefined
  /** The same body will fail again, a smaller one may not. */
  tooLarge: boolean
  /** A new stream was refused; it may be for as long as the old ones live. */
  streamLimit: boolean
  /** 429 and 500 can mean too much at once without saying so. */
  maybeTooMuch: boolean
}

export type Push = (gzippedBody: Buffer, stop: AbortSignal) => Promise<PushResult>

const maxRetryAfterMs = 5 * 60_000

/** One HTTP push to Loki, never throwing. Credentials in the address go into a header. */
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
      const reason = (await response.body.text()).trim().slice(0, 2000)
      const retryAfter = response.headers['retry-after']
      return judge(response.statusCode, reason, typeof retryAfter === 'string' ? retryAfter : null)
    } catch {
      return failure(abort.signal.aborted ? 'timeout' : 'unreachable', 'no answer')
    } finally {
      clearTimeout(timer)
      stop.removeEventListener('abort', cut)
    }
  }
}

const failure = (outcome: PushOutcome, reason: string): PushResult => ({
  outcome,
  reason,
  retryAfterMs: undefined,
  acceptableSinceMs: undefined,
  tooLarge: false,
  streamLimit: false,
  maybeTooMuch: false,
})

function judge(status: number, reason: string, retryAfter: string | null): PushResult {
  if (status >= 200 && status < 300) return failure('ok', '')
  const outcome = status === 400 ? 'rejected' : status === 429 ? 'limited' : 'failed'
  return {
    ...failure(outcome, reason),
    retryAfterMs: parseRetryAfter(retryAfter),
    acceptableSinceMs: parseAcceptableSince(reason),
    tooLarge: status === 413,
    streamLimit: status === 429 && /maximum active stream limit/i.test(reason),
    maybeTooMuch: status === 429 || status === 500,
  }
}

function parseRetryAfter(value: string | null): number | undefined {
  if (value === null) return undefined
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), maxRetryAfterMs) : undefined
}

function parseAcceptableSince(reason: string): number | undefined {
  const time = /oldest acceptable timestamp is: ([\dT:.Z+-]{1,40})/.exec(reason)?.[1]
  const ms = Date.parse(time ?? '')
  return Number.isFinite(ms) ? ms : undefined
}
