import type { ProxySettings } from '../../process/outbound.ts'
import { type Sleep, sleep as sleepByClock } from '../../process/sleep.ts'
import type { Log } from '../../telemetry/log.ts'
import { requestContext } from '../../telemetry/request-context.ts'
import type { ChatAnswer, ChatModel, ChatRequest } from '../model/chat-model.ts'
import type { ClientMetrics } from '../model/metrics.ts'
import { createModelCalls, type OpenStreamQueue, statusOf } from '../model/model-calls.ts'
import { requestUuid } from '../model/request-id.ts'
import { retryAfterMs } from '../model/retry.ts'
import type { StreamState } from '../model/streams.ts'
import { askBalance, type ReadBalance } from './balance.ts'
import { createExchange } from './exchange.ts'
import { statusError } from './gigachat-error.ts'
import { createTokenSource } from './token-source.ts'
import { createWireBody, parseAnswer } from './wire.ts'

export interface GigaChatOptions {
  authUrl: string
  /** Without a slash at its end. */
  apiUrl: string
  credentials: string
  scope: string
  model: string
  /** Answers the requests that are to be cheap. */
  cheaper?: { model: string; metrics: ClientMetrics } | undefined
  /** Parallel requests the account allows. */
  concurrency: number
  /** Calls that may wait for a free stream; one more is refused with RateLimitError. */
  maxWaiting?: number
  /** Makes the queue that shares the streams between processes; by default this one has them for itself. */
  openQueue?: OpenStreamQueue | undefined
  /** PEM certificates that replace the default roots, see `loadCertificates`. */
  ca?: string | undefined
  proxy?: ProxySettings | undefined
  /** Limit of one attempt, from the request to the last byte of its answer. */
  timeoutMs?: number | undefined
  /** The same of a request for a token. */
  tokenTimeoutMs?: number | undefined
  /** Attempts of one call, the first included. */
  maxAttempts?: number | undefined
  /** A longer pause than that, asked for by the service, ends the attempts. */
  longestWaitMs?: number | undefined
  log: Log
  metrics: ClientMetrics
  now?: () => Date
  sleep?: Sleep
  random?: () => number
}

/** The GigaChat client. Opens nothing until the first call; `close` aborts calls in flight. */
export function createGigaChat(
  options: GigaChatOptions,
): ChatModel & { readBalance: ReadBalance; streams(): StreamState; close(): Promise<void> } {
  const { apiUrl, log, metrics, timeoutMs = 60_000 } = options
  const { now = () => new Date(), sleep = sleepByClock, random = Math.random } = options
  const usual = { model: options.model, metrics }
  const modelFor = ({ isCheaper = false }: ChatRequest) => (isCheaper ? (options.cheaper ?? usual) : usual)
  const exchange = createExchange({ ca: options.ca, proxy: options.proxy, timeoutMs })
  const wireBody = createWireBody()
  const { inTurn, retrying, measured, streams, closeQueue } = createModelCalls({
    provider: 'gigachat',
    concurrency: options.concurrency,
    maxWaiting: options.maxWaiting ?? 1000,
    openQueue: options.openQueue,
    maxAttempts: options.maxAttempts ?? 4,
    longestWaitMs: options.longestWaitMs,
    metrics,
    log,
    sleep,
    random,
  })

  const tokens = createTokenSource({
    post: exchange.post,
    authUrl: options.authUrl,
    credentials: options.credentials,
    scope: options.scope,
    now,
    timeoutMs: options.tokenTimeoutMs ?? 15_000,
    retry: work => retrying('token', work, undefined, 1),
    onRefresh: metrics.refreshed,
  })

  const send = async (request: ChatRequest, token: string, signal?: AbortSignal): Promise<ChatAnswer> => {
    const { model } = modelFor(request)
    const startedAt = performance.now()
    const context = requestContext()
    const reply = await exchange.post(`${apiUrl}/chat/completions`, {
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json',
        'x-session-id': request.sessionId,
        ...(context === undefined ? {} : { 'x-request-id': requestUuid(context.requestId) }),
      },
      body: wireBody(request, model),
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

  return {
    chat(request, signal) {
      const operation = request.functionName ?? 'chat'
      const work = async () => {
        // fetched before a stream is taken: who waits for a token must not keep others waiting for the stream
        const token = await tokens.current(signal)
        return await inTurn(request, () => ask(request, token, operation, signal), signal)
      }
      return measured(operation, work, modelFor(request).metrics)
    },
    async readBalance() {
      const token = await tokens.current()
      return askBalance(exchange.post, apiUrl, token).catch(async err => {
        if (statusOf(err) !== 401) throw err
        tokens.drop(token)
        return askBalance(exchange.post, apiUrl, await tokens.current())
      })
    },
    streams,
    close: async () => {
      await exchange.close()
      await closeQueue()
    },
  }
}
