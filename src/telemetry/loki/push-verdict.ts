import type { PushOutcome } from '../shipping-stats.ts'

/** HTTP response to a push. */
export interface PushAnswer {
  status: number
  /** Value of the header; null without one. */
  contentType: string | null
  retryAfter: string | null
  body: string
}

export interface PushResult {
  outcome: PushOutcome
  /** HTTP status; null without an answer. */
  status: number | null
  mediaType: MediaType
  /** Text of the answer, cut. */
  reason: string
  /** Delay that the answer asks for. */
  retryAfterMs: number | undefined
  /** Lines older than this are permanently rejected. */
  acceptableSinceMs: number | undefined
  /** The body must be divided before it is pushed again. */
  tooLarge: boolean
  /** A new stream was rejected because of the limit on active streams. */
  streamLimit: boolean
  /** 429 and 500 may mean a body that is too large. */
  maybeTooMuch: boolean
}

const mediaTypes = ['text', 'html', 'json', 'other', 'none'] as const
type MediaType = (typeof mediaTypes)[number]

const maxReasonLength = 2000
const maxRetryAfterMs = 5 * 60_000

/**
 * Loki's messages about an entry or the labels of its stream, from pkg/validation/validate.go, pkg/chunkenc/interface.go,
 * pkg/distributor and pkg/loghttp/push of 2.9 to 3.7. Rejections that concern the tenant or the server ("ingestion blocked",
 * "missing required labels", rate limits, an unreadable request) are not among them: those are transient, so the lines wait.
 */
const aboutEntries = [
  /entry out of order/,
  /entry too far behind/,
  /has timestamp too (?:old|new): /,
  /max entry size '\d+' bytes exceeded for stream/i,
  /has \d+ label names; limit \d+/,
  /has label (?:name|value) too long/,
  /has duplicate label name/,
  /error at least one label pair is required per stream/,
  /error parsing labels '/,
  /couldn't parse labels: /,
  /includes structured metadata, but this feature is disallowed/,
  /has structured metadata too large/,
  /has too many structured metadata labels/,
]
const streamLimit = /maximum active stream limit exceeded when trying to create stream/i

/** Result of a push without an answer: the lines wait. */
export const noAnswer = (outcome: 'timeout' | 'unreachable'): PushResult => ({
  outcome,
  status: null,
  mediaType: 'none',
  reason: 'no answer',
  retryAfterMs: undefined,
  acceptableSinceMs: undefined,
  tooLarge: false,
  streamLimit: false,
  maybeTooMuch: false,
})

/**
 * Decides what an answer means for the pushed lines. Only 204 is delivery, and only a known message of Loki about an entry
 * (400, in plain text as written by Go's http.Error) rejects one. Any other answer may come from a proxy, a login page or
 * another program at the address, so the lines wait.
 */
export function judge({ status, contentType, retryAfter, body }: PushAnswer): PushResult {
  const mediaType = mediaTypeOf(contentType)
  const reason = body.trim().slice(0, maxReasonLength)
  const inPlainText = mediaType === 'text' || mediaType === 'none'
  const rejected = status === 400 && inPlainText && aboutEntries.some(message => message.test(reason))
  return {
    outcome: rejected ? 'rejected' : outcomeOf(status),
    status,
    mediaType,
    reason,
    retryAfterMs: parseRetryAfter(retryAfter),
    acceptableSinceMs: rejected ? parseAcceptableSince(reason) : undefined,
    tooLarge: status === 413,
    streamLimit: status === 429 && inPlainText && streamLimit.test(reason),
    maybeTooMuch: status === 429 || status === 500,
  }
}

function outcomeOf(status: number): PushOutcome {
  if (status === 204) return 'ok'
  if (status === 429) return 'limited'
  return status < 400 || status === 400 ? 'unexpected' : 'failed'
}

function mediaTypeOf(contentType: string | null): MediaType {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === '') return 'none'
  if (type === 'text/plain') return 'text'
  if (type === 'text/html' || type === 'application/xhtml+xml') return 'html'
  return type === 'application/json' ? 'json' : 'other'
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
