import { AppError, RateLimitError, TimeoutError, UpstreamError } from '../../errors.ts'

/** Why a model call failed: the closed set of `reason` of `bot_llm_failures_total`. */
export const failureReasons = [
  'rate_limit',
  'timeout',
  'auth',
  'payment',
  'bad_request',
  'server',
  'network',
  'shape',
] as const
export type FailureReason = (typeof failureReasons)[number]

/** GigaChat failed in a way that is neither a limit nor a timeout; `reason` says in which. */
export class GigaChatError extends UpstreamError {
  readonly reason: FailureReason
  /** Milliseconds the service asked us to pause, when it did. */
  readonly retryAfterMs: number | undefined
  constructor(
    reason: FailureReason,
    status: number | null,
    detail: string,
    { retryAfterMs, cause }: { retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super('gigachat', status, detail, reason === 'network' || isPassing(status), cause)
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/** The reason of anything the client throws; undefined for what is not its failure, such as an abort. */
export function failureReason(err: unknown): FailureReason | undefined {
  if (err instanceof GigaChatError) return err.reason
  if (err instanceof RateLimitError) return 'rate_limit'
  if (err instanceof TimeoutError) return 'timeout'
  return undefined
}

/** Whether the tokens of the model are used up, which only the operator can mend. */
export const isOutOfTokens = (err: unknown): boolean => failureReason(err) === 'payment'

/** True if the client may retry immediately: a call that ran into its timeout has taken long enough already. */
export const isWorthRepeating = (err: unknown): boolean =>
  err instanceof AppError && err.retryable && !(err instanceof TimeoutError)

const details: Record<number, [FailureReason, string]> = {
  400: ['bad_request', 'request refused as malformed'],
  401: ['auth', 'token refused twice'],
  402: ['payment', 'the tokens of this model are used up'],
  403: ['auth', 'permission denied'],
  404: ['bad_request', 'no such model or no schema for a function'],
  413: ['bad_request', 'dialogue too long'],
  422: ['bad_request', 'request refused as invalid'],
}

/** The error of an answer that is not 200. The body is left out: it may quote the user. */
export function statusError(status: number, retryAfterMs: number | undefined): AppError {
  if (status === 429) return new RateLimitError('gigachat', 'too many requests', retryAfterMs)
  if (status >= 500) return new GigaChatError('server', status, 'service failed', { retryAfterMs })
  const [reason, detail] = details[status] ?? ['bad_request', 'unexpected status']
  return new GigaChatError(reason, status, detail)
}

/** Milliseconds the service asked us to pause before a retry. */
export const askedDelayMs = (err: unknown): number =>
  (err instanceof RateLimitError || err instanceof GigaChatError ? err.retryAfterMs : undefined) ?? 0

function isPassing(status: number | null): boolean {
  return status === 500 || status === 502 || status === 503 || status === 504
}
