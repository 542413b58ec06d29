import OpenAI from 'openai'
import { UpstreamError } from '../../errors.ts'
import type { ProxySettings } from '../../process/outbound.ts'
import { type Sleep, sleep as sleepByClock } from '../../process/sleep.ts'
import { parseJson } from '../../shop/json.ts'
import type { Log } from '../../telemetry/log.ts'
import { requestContext } from '../../telemetry/request-context.ts'
import type { ChatModel, ChatRequest } from '../model/chat-model.ts'
import type { ClientMetrics } from '../model/metrics.ts'
import { createModelCalls } from '../model/model-calls.ts'
import { requestUuid } from '../model/request-id.ts'
import type { StreamState } from '../model/streams.ts'
import { createBoundedFetch } from './bounded-fetch.ts'
import { modelErrorOf } from './openai-error.ts'
import { readAnswer } from './wire-answer.ts'
import { toWireRequest } from './wire-request.ts'

export interface OpenAiOptions {
  /** What `/chat/completions` follows, without a slash at its end. */
  url: string
  /** Sent as `Authorization: Bearer`, or as it is when it names a scheme itself (`Api-Key …`); undefined for a server without keys. */
  key: string | undefined
  model: string
  /** Parallel requests. */
  concurrency?: number
  /** Calls that may wait for one of them to end; one more is refused with RateLimitError. */
  maxWaiting?: number
  proxy?: ProxySettings | undefined
  /** Limit of one attempt, from the request to the last byte of its answer. */
  timeoutMs?: number
  /** Attempts of one call, the first included. */
  maxAttempts?: number
  log: Log
  metrics: ClientMetrics
  now?: () => Date
  sleep?: Sleep
  random?: () => number
}

/** The client of any service that speaks OpenAI's chat completions. `close` aborts calls in flight. */
export function createOpenAiModel(
  options: OpenAiOptions,
): ChatModel & { streams(): StreamState; close(): Promise<void> } {
  const { url, key, model, log, metrics, timeoutMs = 60_000 } = options
  const { now = () => new Date(), sleep = sleepByClock, random = Math.random } = options
  const closing = new AbortController()
  const client = new OpenAI({
    baseURL: url,
    apiKey: key ?? 'none',
    defaultHeaders: { Authorization: authorization(key) },
    fetch: createBoundedFetch(options.proxy),
    timeout: timeoutMs,
    // repeated by us: counted, logged, and no longer than a user waits
    maxRetries: 0,
    // null, not left out: the package would read them from the environment
    organization: null,
    project: null,
    adminAPIKey: null,
    webhookSecret: null,
    // it would print bodies
    logLevel: 'off',
  })
  const { inTurn, retrying, measured, streams } = createModelCalls({
    provider: 'openai',
    concurrency: options.concurrency ?? 10,
    maxWaiting: options.maxWaiting ?? 1000,
    maxAttempts: options.maxAttempts ?? 3,
    metrics,
    log,
    sleep,
    random,
  })

  const send = async (request: ChatRequest, signal: AbortSignal | undefined) => {
    if (closing.signal.aborted) throw new UpstreamError('openai', null, 'the client is closed', false)
    signal?.throwIfAborted()
    const ending = new AbortController()
    const giveUp = () => ending.abort()
    const endings = signal === undefined ? [closing.signal] : [closing.signal, signal]
    for (const end of endings) end.addEventListener('abort', giveUp)
    const startedAt = performance.now()
    const context = requestContext()
    try {
      const body: unknown = await client.chat.completions.create(toWireRequest(request, model), {
        signal: ending.signal,
        ...(context !== undefined && {
          headers: { 'X-Client-Request-Id': requestUuid(context.requestId) },
        }),
      })
      const answer = typeof body === 'string' ? parseJson(body) : body
      return readAnswer(answer, model, Math.round(performance.now() - startedAt))
    } catch (err) {
      signal?.throwIfAborted()
      if (closing.signal.aborted) throw new UpstreamError('openai', null, 'the client is closed', false)
      throw modelErrorOf(err, { timeoutMs, now: now() })
    } finally {
      for (const end of endings) end.removeEventListener('abort', giveUp)
    }
  }

  return {
    chat(request, signal) {
      const operation = request.functionName ?? 'chat'
      return measured(operation, () =>
        inTurn(request, () => retrying(operation, () => send(request, signal), signal), signal),
      )
    },
    streams,
    async close() {
      closing.abort()
    },
  }
}

/** null sends no header at all. */
function authorization(key: string | undefined): string | null {
  if (key === undefined) return null
  return key.includes(' ') ? key : `Bearer ${key}`
}
