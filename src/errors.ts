/**
 * The error taxonomy. Every message is written by us and free of user text and secrets, so it may be logged and stored.
 * `name` is stable: it is the metric label and, for the first three, the `error_type` of the `bot_error` event.
 */

/** A service outside this process. Also the closed set of values of the metric label `upstream`. */
export type Upstream = 'telegram' | 'gigachat' | 'openai' | 'shop' | 'postgres' | 'redis' | 'loki' | 'prometheus'

/** The closed set of `error_type` of the `bot_error` event. */
export const eventErrorTypes = ['RateLimitError', 'TimeoutError', 'MCPError', 'Unknown'] as const
export type EventErrorType = (typeof eventErrorTypes)[number]

/** Base of every error this project throws on purpose. */
export abstract class AppError extends Error {
  abstract override readonly name: string
  /** True if the same call may succeed later. */
  abstract readonly retryable: boolean
}

/** The upstream limits our rate; `retryAfterMs` if it stated a delay. */
export class RateLimitError extends AppError {
  readonly name = 'RateLimitError'
  readonly retryable = true
  readonly upstream: Upstream
  readonly retryAfterMs: number | undefined
  constructor(upstream: Upstream, detail: string, retryAfterMs?: number, cause?: unknown) {
    super(`${upstream}: ${detail}`, { cause })
    this.upstream = upstream
    this.retryAfterMs = retryAfterMs
  }
}

/** The upstream did not answer within its time limit. */
export class TimeoutError extends AppError {
  readonly name = 'TimeoutError'
  readonly retryable = true
  readonly upstream: Upstream
  constructor(upstream: Upstream, timeoutMs: number, cause?: unknown) {
    super(`${upstream}: no answer within ${timeoutMs} ms`, { cause })
    this.upstream = upstream
  }
}

/** The VkusVill MCP server failed, refused the call, or answered with something unreadable. `code` is the tool's own error code. */
export class McpError extends AppError {
  readonly name = 'MCPError'
  readonly retryable: boolean
  readonly code: string
  constructor(code: string, detail: string, retryable: boolean, cause?: unknown) {
    super(`shop: ${code}: ${detail}`, { cause })
    this.code = code
    this.retryable = retryable
  }
}

/** Any other upstream failed: a bad status, a cut connection, an answer of the wrong shape. `status` is the HTTP status or null. */
export class UpstreamError extends AppError {
  readonly name = 'UpstreamError'
  readonly upstream: Upstream
  readonly retryable: boolean
  readonly status: number | null
  constructor(upstream: Upstream, status: number | null, detail: string, retryable: boolean, cause?: unknown) {
    super(`${upstream}: ${status === null ? '' : `${status} `}${detail}`, { cause })
    this.upstream = upstream
    this.status = status
    this.retryable = retryable
  }
}

/** The process cannot run with these settings. `problems` holds one line each and never a value. */
export class ConfigError extends AppError {
  readonly name = 'ConfigError'
  readonly retryable = false
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(`settings are wrong:\n${problems.map(p => `  - ${p}`).join('\n')}`)
    this.problems = problems
  }
}

/** The process cannot start for a reason that the operator can fix; the message says how. */
export class StartupError extends AppError {
  readonly name = 'StartupError'
  readonly retryable = false
}

/** `error_type` of the `bot_error` event for anything thrown. */
export const errorType = (err: unknown): EventErrorType =>
  err instanceof AppError && (eventErrorTypes as readonly string[]).includes(err.name)
    ? (err.name as EventErrorType)
    : 'Unknown'

/** The service that an error of ours concerns; undefined for a bug. */
export function upstreamOf(err: unknown): Upstream | undefined {
  if (err instanceof McpError) return 'shop'
  const isUpstream = err instanceof RateLimitError || err instanceof TimeoutError || err instanceof UpstreamError
  return isUpstream ? err.upstream : undefined
}

/**
 * `error_message` of the `bot_error` event: our own messages whole (cut at 200 characters), of any other error only
 * its class name, because its message may quote a user.
 */
export const errorMessage = (err: unknown): string =>
  (err instanceof AppError ? err.message : err instanceof Error ? err.constructor.name : typeof err).slice(0, 200)
