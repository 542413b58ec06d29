import { type AppError, RateLimitError } from '../../errors.ts'
import { type FailureReason, ModelError } from '../model/model-error.ts'

/** A failure of GigaChat. */
export class GigaChatError extends ModelError {
  constructor(...failure: FailureParameters) {
    super('gigachat', ...failure)
  }
}
type FailureParameters = ConstructorParameters<typeof ModelError> extends [unknown, ...infer Rest] ? Rest : never

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
