import { v5 as uuidFrom } from 'uuid'
import type { ProxySettings } from '../../process/outbound.ts'
import { type Sleep, sleep as sleepByClock } from '../../process/sleep.ts'
import type { Log } from '../../telemetry/log.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import { requestContext } from '../../telemetry/request-context.ts'
import type { ChatAnswer, ChatModel, ChatRequest } from '../model/chat-model.ts'
import { createClientMetrics, type RetryReason, retryReasons } from '../model/metrics.ts'
import { type FailureReason, failureReason, GigaChatError, statusError } from '../model/model-error.ts'
import { retryAfterMs, withRetries } from '../model/retry.ts'
import { createSemaphore } from '../model/semaphore.ts'
import { createExchange } from './exchange.ts'
import { createWireFunctions } from './function-schema.ts'
import { createTokenSource } from './token-source.ts'
import { parseAnswer, toWireRequest } from './wire.ts'

export interface GigaChatOptions {
  authUrl: string
  /** Without a slash at its end. */
  apiUrl: string
  credentials: string
  scope: string
  model: string
  /** Parallel requests the account allows. */
  concurrency: number
  /** Calls that may wait for a free stream; one more is refused with RateLimitError. */
  maxWaiting?: number
  /** PEM certificates that replace the default roots, see `loadCertificates`. */
  ca?: string | undefined
  proxy?: ProxySettings | undefined
  /** Limit of one attempt, from the request to the last byte of its answer. */
  timeoutMs?: number
  log: Log
  register: MetricRegistry
  now?: () => Date
  sleep?: Sleep
  random?: () => number
}

const maxAttempts = 4
/** Turns a `request_id` into the same uuid everywhere: `uuid v5` of it in this namespace is what the service received. */
export const requestIdNamespace = '5d0f5a2e-64e5-4c6c-9d0e-3f6f3c1f7b52'

/** The GigaChat client. Opens nothing until the first call; `close` aborts calls in flight. */
export function createGigaChat(options: GigaChatOptions): ChatModel & { close(): Promise<void> } {
  const { apiUrl, model, log, timeoutMs = 60_000 } = options
  const { now = () => new Date(), sleep = sleepByClock, random = Math.random } = options
  const metrics = createClientMetrics(options.register, model)
  const exchange = createExchange({ ca: options.ca, proxy: options.proxy, timeoutMs })
  const wireFunction = createWireFunctions()
  const semaphore = createSemaphore({
    size: options.concurrency,
    maxWaiting: options.maxWaiting ?? 1000,
    onChange: metrics.load,
  })

  const retrying = <T>(operation: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
    withRetries(
      work,
      { sleep, random },
      {
        attempts: maxAttempts,
        signal,
        onRetry(err, attempt, delayMs) {
          const reason = failureReason(err)
          if (isRetryReason(reason)) metrics.retried(reason)
          log.warn('upstream_retry', {
            upstream: 'gigachat',
            operation,
            attempt,
            delay_ms: delayMs,
            error_name: err instanceof Error ? err.name : 'Unknown',
            status: statusOf(err),
          })
        },
      },
    )

  const tokens = createTokenSource({
    post: exchange.post,
    authUrl: options.authUrl,
    credentials: options.credentials,
    scope: options.scope,
    now,
    retry: work => retrying('token', work),
    onRefresh: metrics.refreshed,
  })

  const send = async (request: ChatRequest, token: string, signal?: AbortSignal): Promise<ChatAnswer> => {
    const startedAt = performance.now()
    const context = requestContext()
    const reply = await exchange.post(`${apiUrl}/chat/completions`, {
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json',
        'x-session-id': request.sessionId,
        ...(context === undefined ? {} : { 'x-request-id': uuidFrom(context.requestId, requestIdNamespace) }),
      },
      body: JSON.stringify(toWireRequest(request, model, wireFunction)),
      signal,
    })
    if (reply.status !== 200) throw statusError(reply.status, retryAfterMs(reply.retryAfter, now()))
    return parseAnswer(reply.body, model, Math.round(performance.now() - startedAt))
  }

  /** A token refused, perhaps because it ran out while the call waited, is replaced once; the second refusal stands. */
  const ask = async (request: ChatRequest, token: string, operation: string, signal?: AbortSignal) => {
    try {
      return await retrying(operation, () => send(request, token, signal), signal)
    } catch (err) {
      if (statusOf(err) !== 401) throw err
      tokens.drop(token)
      const fresh = await tokens.current(signal)
      metrics.retried('auth')
      return await retrying(operation, () => send(request, fresh, signal), signal)
    }
  }

  const noteFailure = (err: unknown, reason: FailureReason, operation: string, durationMs: number) => {
    metrics.failed(reason, durationMs / 1000)
    if (err instanceof GigaChatError && reason === 'shape') {
      log.warn('schema_drift', { upstream: 'gigachat', operation, detail: err.message })
    }
    const level = reason === 'payment' || reason === 'auth' ? 'error' : 'warn'
    log[level]('upstream_failed', {
      upstream: 'gigachat',
      operation,
      err,
      error_name: err instanceof Error ? err.name : 'Unknown',
      status: statusOf(err),
      duration_ms: durationMs,
    })
  }

  return {
    async chat(request, signal) {
      const startedAt = performance.now()
      const operation = request.functionName ?? 'chat'
      try {
        // fetched before a stream is taken: who waits for a token must not keep others waiting for the stream
        const token = await tokens.current(signal)
        const answer = await semaphore.run(() => ask(request, token, operation, signal), signal)
        metrics.answered(answer.responseTimeMs / 1000)
        return answer
      } catch (err) {
        const reason = failureReason(err)
        if (reason !== undefined) noteFailure(err, reason, operation, Math.round(performance.now() - startedAt))
        throw err
      }
    },
    close: exchange.close,
  }
}

const statusOf = (err: unknown): number | null => (err instanceof GigaChatError ? err.status : null)

const isRetryReason = (reason: string | undefined): reason is RetryReason =>
  retryReasons.some(known => known === reason)
