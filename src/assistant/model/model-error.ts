import { AppError, RateLimitError, TimeoutError, UpstreamError } from '../../errors.ts'
import type { ModelProvider } from './chat-model.ts'

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

/** A model failed in a way that is neither a limit nor a timeout; `reason` says in which. */
export class ModelError extends UpstreamError {
  readonly reason: FailureReason
  /** Milliseconds the service asked us to pause, when it did. */
  readonly retryAfterMs: number | undefined
  constructor(
    provider: ModelProvider,
    reason: FailureReason,
    status: number | null,
    detail: string,
    { retryAfterMs, cause }: { retryAfterMs?: number | undefined; cause?: unknown } = {},
  ) {
    super(provider, status, detail, reason === 'network' || (reason === 'server' && isPassing(status)), cause)
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }
}

/** The reason of anything a client throws; undefined for what is not its failure, such as an abort. */
export function failureReason(err: unknown): FailureReason | undefined {
  if (err instanceof ModelError) return err.reason
  if (err instanceof RateLimitError) return 'rate_limit'
  if (err instanceof TimeoutError) return 'timeout'
  return undefined
}

/** Whether the tokens of the model are used up, which only the operator can mend. */
export const isOutOfTokens = (err: unknown): boolean => failureReason(err) === 'payment'

/**
 * Whether something in the dialogue breaks the rules of the service (422) or is too long for it (413); services that speak OpenAI's
 * protocol say 400 for both. Another dialogue may pass.
 */
export const isDialogueRejected = (err: unknown): boolean =>
  err instanceof UpstreamError &&
  (err.status === 422 || err.status === 413 || (err.upstream === 'openai' && err.status === 400))

/** True if the client may retry immediately: a call that ran into its timeout has taken long enough already. */
export const isWorthRepeating = (err: unknown): boolean =>
  err instanceof AppError && err.retryable && !(err instanceof TimeoutError)

/** Milliseconds the service asked us to pause before a retry. */
export const askedDelayMs = (err: unknown): number =>
  (err instanceof RateLimitError || err instanceof ModelError ? err.retryAfterMs : undefined) ?? 0

function isPassing(status: number | null): boolean {
  return status === 500 || status === 502 || status === 503 || status === 504
}
