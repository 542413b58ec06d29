import type { Log } from '../telemetry/log.ts'
import { outsideRequest } from '../telemetry/request-context.ts'
import type { AnyReceipt, Attempt } from './attempt.ts'
import type { Backlog, Replace } from './backlog.ts'
import { halvesOf, mayConcernOneFact, withoutHeld } from './batches.ts'
import type { Batch } from './event-store.ts'
import type { Fact } from './facts.ts'
import type { Lanes } from './lanes.ts'

export interface DrainDeps {
  backlog: Backlog
  lanes: Lanes
  attempt: (batch: Batch) => Promise<Attempt>
  /** Called with facts that were dealt with and dropped from the backlog. */
  onDone: (facts: readonly Fact[], receipts: readonly AnyReceipt[]) => Promise<void>
  /** Called with every failure that keeps all facts waiting. */
  onWaiting: (err: unknown) => void
  /** Called with every failure of a fact that was sent alone, once its user is held. */
  onHeld: (err: unknown) => void
  /** Called when PostgreSQL has everything again, or all but the facts of held users. */
  onCaughtUp: () => void
  log: Log
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

const retryMs = { first: 250, most: 5_000 }

/**
 * Moves the backlog to PostgreSQL, oldest first. A batch that PostgreSQL answers with an error is halved until the fact that
 * fails alone is found; its user is held and tried again with backoff, and the facts of all others pass. When nothing passes
 * the cause is general, and one batch is tried after each pause.
 */
export function createDrain({ backlog, lanes, attempt, onDone, onWaiting, onHeld, onCaughtUp, log, sleep }: DrainDeps) {
  const stopping = new AbortController()
  let draining: Promise<void> | null = null
  let delayMs = retryMs.first
  let wake: () => void = () => undefined
  const caughtUp: (() => void)[] = []

  const isOver = () => stopping.signal.aborted || backlog.size() === 0
  const passed = () => {
    delayMs = retryMs.first
    lanes.passed()
  }
  const pause = async () => {
    // the more lanes there are, the sooner it is the turn of the next
    const lanesOnly = !lanes.isGeneral() && !backlog.hasOpen(lanes.held)
    const ms = lanesOnly ? Math.max(retryMs.first, delayMs / lanes.held.size) : delayMs
    const waking = new AbortController()
    if (lanesOnly) wake = () => waking.abort()
    await sleep(ms, AbortSignal.any([stopping.signal, waking.signal]))
    wake = () => undefined
    delayMs = Math.min(delayMs * 2, retryMs.most)
  }

  /** Tries a batch; resolves to the number of facts dealt with. Rejects when the cause lies in none of them. */
  const deliver = async (batch: Batch, replace: Replace): Promise<number> => {
    if (batch.facts.some(({ userId }) => lanes.held.has(userId))) {
      await replace(withoutHeld(batch, lanes.held))
      return 0
    }
    let result: Attempt
    try {
      result = await attempt(batch)
    } catch (err) {
      if (!mayConcernOneFact(err)) throw err
      await isolate(batch, replace, err)
      return 0
    }
    if ('halves' in result) {
      await replace(result.halves)
      return 0
    }
    passed()
    // dropped before it is published: a kill in between must not publish it twice
    await replace([])
    await onDone(batch.facts, result.receipts)
    return batch.facts.length
  }
  const isolate = async (batch: Batch, replace: Replace, err: unknown) => {
    const [only] = batch.facts
    lanes.failed(batch.facts.map(({ userId }) => userId))
    if (only === undefined || batch.facts.length > 1) return replace(halvesOf(batch))
    lanes.hold(only.userId)
    onHeld(err)
  }

  const drain = async () => {
    let count = 0
    let hasFailed = false
    const publishCaughtUp = () => {
      if (count > 0) log.info('events_recovered', { count })
      count = 0
      onCaughtUp()
      for (const resolve of caughtUp.splice(0)) resolve()
    }
    while (!isOver()) {
      try {
        if (!backlog.hasOpen(lanes.held)) {
          publishCaughtUp()
          if (hasFailed) await pause()
          // what came during the pause goes before a retry
          if (!backlog.hasOpen(lanes.held)) lanes.release()
        } else if (lanes.isGeneral()) {
          await pause()
        }
        if (isOver()) break
        const dealtWith = (await backlog.take(lanes.held, deliver)) ?? 0
        hasFailed = dealtWith === 0
        count += dealtWith
      } catch (err) {
        onWaiting(err)
        await pause()
      }
    }
    publishCaughtUp()
  }

  const start = () => {
    if (backlog.hasOpen(lanes.held)) wake()
    draining ??= outsideRequest(drain).finally(() => {
      draining = null
      if (!isOver()) start()
    })
  }

  return {
    /** Begins, or goes on when only held users were waiting. */
    start,
    /** True if a new fact may go to PostgreSQL before what waits, except behind facts of the same user. */
    isCaughtUp: () => !lanes.isGeneral() && !backlog.hasOpen(lanes.held),
    /** Resolves when nothing waits but the facts of held users, or the drain was stopped. */
    caughtUp: () => (isOver() ? Promise.resolve() : new Promise<void>(resolve => void caughtUp.push(resolve))),
    /** Ends pauses; `done` resolves after the attempt in flight. */
    stop: () => stopping.abort(),
    done: async () => {
      while (draining !== null) await draining
    },
  }
}
