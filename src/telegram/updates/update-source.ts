import type { Update } from 'grammy/types'
import { AppError, RateLimitError, UpstreamError } from '../../errors.ts'
import { type Sleep, wokenUp } from '../../process/sleep.ts'
import type { Log } from '../../telemetry/log.ts'
import { longPollSeconds } from '../api/api-transformers.ts'

export interface GetUpdatesRequest {
  offset?: number
  limit: number
  timeout: number
}

export interface UpdateSourceDeps {
  getUpdates(request: GetUpdatesRequest, signal?: AbortSignal): Promise<Update[]>
  log: Log
  sleep: Sleep
}

/** Updates by long polling, each handed out once, confirmed to Telegram only when dealt with. */
export interface UpdateSource {
  /** Resolves to the next updates that are not in flight, to none once the signal is aborted. Never rejects. */
  supply(signal: AbortSignal): Promise<Update[]>
  /** The update is dealt with. */
  done(updateId: number): void
  /** The update is left to another process: it is not in flight any more, and stays with Telegram. */
  leave(updateId: number): void
  /** Resolves when nothing is in flight. */
  idle(): Promise<void>
  /** Confirms handled updates to Telegram without taking new ones; after it nothing more is confirmed. */
  confirm(): Promise<void>
}

/** Telegram returns at most this many in one answer: it bounds the updates in flight. */
const windowSize = 100
/** Milliseconds between polls while updates are in flight or left: Telegram then answers immediately with the same ones. */
const pollGapMs = 300
/** What comes within so many milliseconds of other updates is fetched, and stored, together. */
const gatherMs = 50
const longestBackoffMs = 30_000

/**
 * Telegram deletes every update below the `offset` it is asked for. So the offset is the oldest update still in flight, and
 * an update stays in the window until a request with a higher offset was answered: a late answer cannot bring it twice.
 * With an empty window no offset is sent, because update ids begin anew after a quiet week.
 */
export function createUpdateSource({ getUpdates, log, sleep }: UpdateSourceDeps): UpdateSource {
  const window = new Map<number, 'in_flight' | 'dealt_with' | 'left'>()
  let wake = new AbortController()
  let idleCallbacks: (() => void)[] = []
  let confirmed = false
  /** The last answer had some that are new. */
  let hasFresh = false

  const idsOf = (...states: string[]) => [...window].flatMap(([id, state]) => (states.includes(state) ? [id] : []))
  const inFlight = () => idsOf('in_flight')
  const nextOffset = (): number | undefined => {
    if (window.size === 0) return undefined
    const open = idsOf('in_flight', 'left')
    return open.length > 0 ? Math.min(...open) : Math.max(...window.keys()) + 1
  }
  const forgetBelow = (offset: number | undefined) => {
    if (offset === undefined) return
    for (const id of window.keys()) if (id < offset) window.delete(id)
  }
  const takeNew = (updates: Update[]): Update[] => {
    const fresh = updates.filter(({ update_id }) => Number.isSafeInteger(update_id) && !window.has(update_id))
    for (const { update_id } of fresh) window.set(update_id, 'in_flight')
    hasFresh = fresh.length > 0
    return fresh
  }
  const poll = async (signal: AbortSignal, isRetry: boolean): Promise<Update[]> => {
    if (hasFresh) await sleep(gatherMs, signal)
    const isOpen = idsOf('in_flight', 'left').length > 0
    if (isOpen) await sleep(pollGapMs, AbortSignal.any([signal, wake.signal]))
    wake = new AbortController()
    const offset = nextOffset()
    // after a failure a short request shows immediately that Telegram is back
    const timeout = isRetry || isOpen ? 0 : longPollSeconds
    const updates = await getUpdates({ ...request(offset), limit: windowSize, timeout }, signal)
    forgetBelow(offset)
    return takeNew(updates)
  }

  const end = (updateId: number, state: 'dealt_with' | 'left') => {
    if (confirmed || !window.has(updateId)) return
    const wasOldest = updateId === Math.min(...inFlight())
    window.set(updateId, state)
    if (wasOldest) wake.abort(wokenUp)
    if (inFlight().length > 0) return
    for (const callback of idleCallbacks) callback()
    idleCallbacks = []
  }

  return {
    supply: async signal => {
      for (let failures = 1; !signal.aborted; failures += 1) {
        try {
          return await poll(signal, failures > 1)
        } catch (err) {
          if (signal.aborted) break
          const delayMs = backoffMs(err, failures)
          reportFailure(log, err, failures, delayMs)
          await sleep(delayMs, signal)
        }
      }
      return []
    },
    done: updateId => end(updateId, 'dealt_with'),
    leave: updateId => end(updateId, 'left'),
    idle: () => new Promise(resolve => (inFlight().length === 0 ? resolve() : idleCallbacks.push(resolve))),
    confirm: async () => {
      confirmed = true
      const offset = nextOffset()
      if (offset === undefined || ![...window.values()].includes('dealt_with')) return
      await getUpdates({ offset, limit: 1, timeout: 0 }).catch((err: unknown) => reportFailure(log, err, 1, 0))
    },
  }
}

const request = (offset: number | undefined) => (offset === undefined ? {} : { offset })

function backoffMs(err: unknown, failures: number): number {
  const askedFor = err instanceof RateLimitError ? (err.retryAfterMs ?? 0) : 0
  return Math.max(askedFor, Math.min(longestBackoffMs, 250 * 2 ** Math.min(failures, 8)))
}

/** Another process polls with the same token. */
export const isConflict = (err: unknown): boolean => err instanceof UpstreamError && err.status === 409

function reportFailure(log: Log, err: unknown, attempt: number, delay_ms: number): void {
  const status = err instanceof UpstreamError ? err.status : null
  const error_name = err instanceof AppError ? err.name : 'Unknown'
  log.info('upstream_retry', { upstream: 'telegram', operation: 'getUpdates', attempt, delay_ms, error_name, status })
  // the call itself is logged as a warning; two processes with one token need an operator
  if (isConflict(err) && attempt === 1) {
    log.error('upstream_failed', { upstream: 'telegram', operation: 'getUpdates', err, error_name, status })
  }
}
