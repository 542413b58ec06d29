import type { Sleep } from '../../process/sleep.ts'
import type { Log } from '../../telemetry/log.ts'
import type { ChatAnswer, ChatRequest, ModelProvider } from './chat-model.ts'
import { type ClientMetrics, type RetryReason, retryReasons } from './metrics.ts'
import { type FailureReason, failureReason, ModelError } from './model-error.ts'
import { withRetries } from './retry.ts'
import { createOwnQueue, type StreamQueue } from './stream-queue.ts'
import { createStreams, type StreamState } from './streams.ts'

/** Makes the queue for `size` streams; `onChange` is called whenever its load may have changed. */
export type OpenStreamQueue = (size: number, onChange: (held: number, waiting: number) => void) => StreamQueue

export interface ModelCallsOptions {
  provider: ModelProvider
  /** Calls in flight at most. */
  concurrency: number
  /** Calls that may wait for a free stream; one more is refused with RateLimitError. */
  maxWaiting: number
  /** Makes the queue that shares the streams between processes; by default this one has them for itself. */
  openQueue?: OpenStreamQueue | undefined
  /** Of one call, the first included. */
  maxAttempts: number
  /** A service that asks for a longer pause before a repetition is not asked again. */
  longestWaitMs?: number | undefined
  metrics: ClientMetrics
  log: Log
  sleep: Sleep
  /** 0 inclusive to 1 exclusive. */
  random: () => number
}

/** How calls of any model are limited, repeated, counted and logged. */
export interface ModelCalls {
  /**
   * Runs `work` when the message of the request has a stream; its answer says how long it waited. Throws RateLimitError
   * when too many wait, the signal's reason when aborted.
   */
  inTurn(request: ChatRequest, work: () => Promise<ChatAnswer>, signal?: AbortSignal): Promise<ChatAnswer>
  /** The queue for a stream now. */
  streams(): StreamState
  /** Gives back what this process has of streams that are shared. Never rejects. */
  closeQueue(): Promise<void>
  /** Repeats `work` where repeating makes sense; each repetition is logged and counted. */
  retrying<T>(operation: string, work: () => Promise<T>, signal?: AbortSignal, timeoutsRepeated?: number): Promise<T>
  /** Counts and logs how a whole call ended; counted as one of the model that `by` measures. */
  measured(operation: string, work: () => Promise<ChatAnswer>, by?: ClientMetrics): Promise<ChatAnswer>
}

export function createModelCalls(options: ModelCallsOptions): ModelCalls {
  const { provider, metrics, log, sleep, random } = options
  const { concurrency: size, maxWaiting, openQueue = createOwnQueue } = options
  const queue = openQueue(size, metrics.load)
  const streams = createStreams({ upstream: provider, size, maxWaiting, queue })

  const noteFailure = (err: unknown, reason: FailureReason, operation: string, durationMs: number) => {
    if (err instanceof ModelError && reason === 'shape')
      log.warn('schema_drift', { upstream: provider, operation, detail: err.message })
    const level = reason === 'payment' || reason === 'auth' ? 'error' : 'warn'
    log[level]('upstream_failed', {
      upstream: provider,
      operation,
      err,
      error_name: err instanceof Error ? err.name : 'Unknown',
      status: statusOf(err),
      duration_ms: durationMs,
    })
  }

  return {
    inTurn: ({ turn = { since: Date.now() } }, work, signal) => {
      const askedAt = performance.now()
      const inStream = async () => {
        const waitMs = Math.round(performance.now() - askedAt)
        metrics.waited(waitMs / 1000)
        return { ...(await work()), waitMs }
      }
      return streams.run(inStream, turn, signal)
    },
    streams: streams.state,
    closeQueue: queue.close,
    retrying: (operation, work, signal, timeoutsRepeated) =>
      withRetries(
        work,
        { sleep, random },
        {
          attempts: options.maxAttempts,
          longestWaitMs: options.longestWaitMs ?? 30_000,
          ...{ signal, timeoutsRepeated },
          onRetry(err, attempt, delayMs) {
            const reason = failureReason(err)
            if (isRetryReason(reason)) metrics.retried(reason)
            log.warn('upstream_retry', {
              upstream: provider,
              operation,
              attempt,
              delay_ms: delayMs,
              error_name: err instanceof Error ? err.name : 'Unknown',
              status: statusOf(err),
            })
          },
        },
      ),
    async measured(operation, work, by = metrics) {
      const startedAt = performance.now()
      try {
        const answer = await work()
        by.answered(answer.responseTimeMs / 1000)
        return answer
      } catch (err) {
        const reason = failureReason(err)
        const durationMs = Math.round(performance.now() - startedAt)
        if (reason !== undefined) {
          by.failed(reason, durationMs / 1000)
          noteFailure(err, reason, operation, durationMs)
        }
        throw err
      }
    },
  }
}

export const statusOf = (err: unknown): number | null => (err instanceof ModelError ? err.status : null)

const isRetryReason = (reason: string | undefined): reason is RetryReason =>
  retryReasons.some(known => known === reason)
