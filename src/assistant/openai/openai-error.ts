import { APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai'
import { AppError, RateLimitError, TimeoutError } from '../../errors.ts'
import { type FailureReason, ModelError } from '../model/model-error.ts'
import { retryAfterMs } from '../model/retry.ts'

interface Circumstances {
  timeoutMs: number
  now: Date
}

/** What the client of the package threw, as one of our errors. Bodies are looked at and never quoted: they may quote the user. */
export function modelErrorOf(err: unknown, { timeoutMs, now }: Circumstances): unknown {
  if (err instanceof AppError || err instanceof APIUserAbortError) return err
  if (err instanceof APIConnectionTimeoutError) return new TimeoutError('openai', timeoutMs)
  if (!(err instanceof APIError)) return err
  // what our own fetch rejected with, such as an answer that is too large
  if (err.cause instanceof AppError) return err.cause
  const { status, headers } = err
  if (typeof status !== 'number')
    return new ModelError('openai', 'network', null, 'connection failed', { cause: err.cause })
  const header: unknown = headers?.get('retry-after') ?? null
  return statusError(status, reportOf(err), retryAfterMs(typeof header === 'string' ? header : null, now))
}

const reportOf = ({ code, type, message }: APIError) => ({ kind: `${code ?? ''} ${type ?? ''}`, message })

/** Paid by the token, such services say 429 for an empty account too. */
const noMoney = /insufficient_(quota|balance|funds)|billing/
/** Ollama, llama.cpp, vLLM and gateways in front of many models word it in their own ways. */
const noTools =
  /support[^.]{0,20}\btool|\btools?\b[^.]{0,40}(requires|not (supported|permitted))|unsupported param: tools|tool_choice[^.]{0,40}not permitted/i

const details: Record<number, [FailureReason, string]> = {
  400: ['bad_request', 'request refused as invalid'],
  401: ['auth', 'key refused: look at LLM_FALLBACK_KEY'],
  402: ['payment', 'the tokens of this model are used up'],
  403: ['auth', 'permission denied: look at LLM_FALLBACK_KEY and what it may use'],
  404: ['bad_request', 'no such model or address: look at LLM_FALLBACK_MODEL and LLM_FALLBACK_URL'],
  413: ['bad_request', 'dialogue too long'],
  422: ['bad_request', 'request refused as invalid'],
}
const needsTools =
  'the model or its server takes no tools, which the bot needs: choose a model with tool calling ' +
  '(vLLM: --enable-auto-tool-choice and --tool-call-parser, llama.cpp: --jinja)'

/** The error of an answer that is no success. `kind` and `message` are as the service reports them. */
export function statusError(
  status: number,
  { kind, message }: { kind: string; message: string },
  retryAfterMs: number | undefined,
): AppError {
  if (status !== 429 && noTools.test(message)) return new ModelError('openai', 'bad_request', status, needsTools)
  if (status === 429 && noMoney.test(kind))
    return new ModelError('openai', 'payment', status, 'the account has no funds left')
  if (status === 429) return new RateLimitError('openai', 'too many requests', retryAfterMs)
  if (status >= 500) return new ModelError('openai', 'server', status, 'service failed', { retryAfterMs })
  const [reason, detail] = details[status] ?? ['bad_request', 'unexpected status']
  return new ModelError('openai', reason, status, detail)
}
