import { AppError, McpError, RateLimitError, TimeoutError } from '../errors.ts'

/**
 * Whether a failed call speaks against the shop or the way to it: it asked for a slower pace, was silent, failed, or said
 * nothing readable. A call it understood and refused shows that it works.
 */
export const isServiceFailure = (err: unknown): boolean =>
  err instanceof RateLimitError ||
  err instanceof TimeoutError ||
  (err instanceof McpError && (err.retryable || /^(?:http_\d+|unreadable|too_large)$/.test(err.code))) ||
  !(err instanceof AppError)
