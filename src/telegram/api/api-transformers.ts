import type { Transformer } from 'grammy'
import { AppError, RateLimitError, TimeoutError, UpstreamError } from '../../errors.ts'
import type { Sleep } from '../../process/sleep.ts'
import type { Log } from '../../telemetry/log.ts'
import { requestContext } from '../../telemetry/request-context.ts'
import { fromApiSignal, toApiSignal } from './api-signal.ts'
import { type ApiCallOutcome, type ApiMetrics, methodLabel } from './metrics.ts'
import { saysUserLeft } from './refusals.ts'
import type { SendPace } from './send-pace.ts'
import { isHarmless, isUnreachable, refusalOf } from './telegram-refusal.ts'

export interface ApiTransformersDeps {
  metrics: ApiMetrics
  log: Log
  sleep: Sleep
  /** Undefined where Telegram's limits do not hold. */
  pace?: SendPace | undefined
  /** Called when a call shows that the user has left: blocked the bot, or deleted the account. */
  onUserLeft?: ((userId: number) => void) | undefined
  /** How long one attempt may take; getUpdates gets its waiting time on top. */
  timeoutMs?: number
}

/** One long poll of getUpdates. */
export const longPollSeconds = 30
const retryPausesMs = [250, 1_000, 2_000, 4_000]
const longestPauseMs = 5_000
/** After waiting this long no new attempt is begun. */
const retryForMs = 30_000
/** What a user waits for is tried on while Telegram is unavailable: until it is back nothing else could be done. */
const deliveries: readonly string[] = ['sendMessage', 'sendPhoto', 'sendDocument']
const deliverForMs = 600_000
/** Calls without a caller that waits: a lost one is replaced by the next. */
const notRepeated: readonly string[] = ['getUpdates', 'sendMessageDraft']

/** Telegram's limits count what appears in a chat, edits included; an action of the chat, and a draft is one, does not. */
const counted = /^(?:send(?!ChatAction|MessageDraft)|edit|copy|forward)/

/**
 * What stands between grammY and the Bot API, innermost first: time limit and metrics of each attempt, its turn under
 * Telegram's limits, repeats of what may succeed later, and errors of ours instead of grammY's, which carry the whole payload.
 * A message may arrive twice when the connection broke after Telegram had taken it; better than never.
 */
export function createApiTransformers(deps: ApiTransformersDeps): Transformer[] {
  const paced = deps.pace === undefined ? [] : [waitForTurn(deps.pace)]
  return [observe(deps), ...paced, unless(notRepeated, retry(deps)), translate(deps)]
}

const observe =
  ({ metrics, log, timeoutMs = 15_000 }: ApiTransformersDeps): Transformer =>
  async (prev, method, payload, signal) => {
    const startedAt = performance.now()
    const limitMs = timeoutMs + (method === 'getUpdates' ? longPollSeconds * 1000 : 0)
    const attempt = new AbortController()
    const timer = setTimeout(() => attempt.abort(), limitMs)
    const giveUp = () => attempt.abort()
    if (signal?.aborted === true) giveUp() // of one that is aborted already no event comes
    signal?.addEventListener('abort', giveUp)
    const count = (outcome: ApiCallOutcome) => {
      const operation = methodLabel(method)
      const durationMs = performance.now() - startedAt
      metrics.call(operation, outcome, durationMs / 1000)
      // what a user waits for; a draft is sent beside the work
      if (requestContext() !== undefined && method !== 'sendMessageDraft')
        log.info('upstream_call', { upstream: 'telegram', operation, outcome, duration_ms: Math.round(durationMs) })
    }
    try {
      const answer = await prev(method, payload, toApiSignal(attempt.signal))
      count(answer.ok ? 'ok' : outcomeOf(refusalOf(answer, payload)))
      return answer
    } catch {
      // the cause is left out: it holds the address, and the token in it
      const failure = attempt.signal.aborted
        ? new TimeoutError('telegram', limitMs)
        : new UpstreamError('telegram', null, 'connection broken or answer unreadable', true)
      count(signal?.aborted === true ? 'aborted' : outcomeOf(failure))
      throw failure
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    }
  }

const waitForTurn =
  (pace: SendPace): Transformer =>
  async (prev, method, payload, signal) => {
    const chatId = counted.test(method) && 'chat_id' in payload ? Number(payload.chat_id) : Number.NaN
    if (Number.isNaN(chatId)) return prev(method, payload, signal)
    await pace.turn(chatId, signal && fromApiSignal(signal))
    if (signal?.aborted === true)
      throw new UpstreamError('telegram', null, 'given up while waiting for its turn', false)
    const answer = await prev(method, payload, signal)
    const refusal = answer.ok ? undefined : refusalOf(answer, payload)
    if (refusal instanceof RateLimitError) pace.pause(chatId, refusal.retryAfterMs ?? 0)
    return answer
  }

/** Repeats broken connections, 5xx and requests for a pause, which lasts as long as Telegram states. */
const retry =
  ({ log, sleep }: ApiTransformersDeps): Transformer =>
  async (prev, method, payload, signal) => {
    let waitedMs = 0
    const isEnded = () => signal?.aborted === true
    const timeoutMs = deliveries.includes(method) ? deliverForMs : retryForMs
    for (let attempt = 1; ; attempt += 1) {
      const isLast = isEnded() || waitedMs >= timeoutMs
      let failure: AppError
      let pauseMs = retryPausesMs[attempt - 1] ?? longestPauseMs
      try {
        const answer = await prev(method, payload, signal)
        if (answer.ok || isLast) return answer
        failure = refusalOf(answer, payload)
        if (!failure.retryable) return answer
        if (failure instanceof RateLimitError) pauseMs = Math.max(pauseMs, failure.retryAfterMs ?? 0)
        if (waitedMs + pauseMs > timeoutMs + longestPauseMs) return answer
      } catch (err) {
        if (isLast || !(err instanceof AppError)) throw err
        failure = err
      }
      log.info('upstream_retry', {
        upstream: 'telegram',
        operation: methodLabel(method),
        attempt,
        delay_ms: pauseMs,
        error_name: failure.name,
      })
      await sleep(pauseMs, signal && fromApiSignal(signal))
      if (isEnded()) throw failure // no caller waits for it any more
      waitedMs += pauseMs
    }
  }

const translate =
  ({ log, onUserLeft }: ApiTransformersDeps): Transformer =>
  async (prev, method, payload, signal) => {
    try {
      const answer = await prev(method, payload, signal)
      const chatId = 'chat_id' in payload ? Number(payload.chat_id) : 0
      if (!answer.ok && saysUserLeft(answer) && chatId > 0) onUserLeft?.(chatId)
      if (!answer.ok) throw refusalOf(answer, payload)
      return answer
    } catch (err) {
      if (signal?.aborted !== true && !isHarmless(err)) {
        const status = err instanceof UpstreamError ? err.status : null
        const error_name = err instanceof AppError ? err.name : 'Unknown'
        log.warn('upstream_failed', { upstream: 'telegram', operation: methodLabel(method), err, error_name, status })
      }
      throw err
    }
  }

/** Applies a transformer to all methods but the named ones. */
const unless =
  (methods: readonly string[], transformer: Transformer): Transformer =>
  (prev, method, payload, signal) =>
    methods.includes(method) ? prev(method, payload, signal) : transformer(prev, method, payload, signal)

function outcomeOf(err: AppError): ApiCallOutcome {
  if (err.name === 'RateLimitError') return 'rate_limited'
  if (err.name === 'TimeoutError') return 'timeout'
  if (isUnreachable(err)) return 'blocked'
  if (isHarmless(err)) return 'moot'
  return err.retryable ? 'failed' : 'refused'
}
