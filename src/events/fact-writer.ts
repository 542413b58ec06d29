import { v4 } from 'uuid'
import type { ZodError } from 'zod'
import { errorMessage } from '../errors.ts'
import { createTurns } from '../process/in-turn.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { outsideRequest } from '../telemetry/request-context.ts'
import { halvesOf, isDeadlock, isRejection, takeBatch } from './batches.ts'
import type { Batch, EventStore } from './event-store.ts'
import type { EventFact, Fact, OutcomeOf } from './facts.ts'
import { createEventMetrics } from './metrics.ts'
import { createPublisher } from './publisher.ts'
import type { Spool } from './spool.ts'
import type { StoredEvent } from './stored-event.ts'

export interface FactWriterDeps {
  store: Pick<EventStore, 'apply'>
  spool: Spool
  log: Log
  register: MetricRegistry
  /** Waits before PostgreSQL is tried again; resolves early when aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Called with every event once it is committed. */
  onStored?: (event: StoredEvent) => void
}

/** Where a fact is once its caller hears of it; only `stored` and `spooled` survive the process. */
export type Receipt<K extends Fact['kind']> =
  | { state: 'stored'; outcome: OutcomeOf[K] | null }
  | { state: 'spooled' | 'in_memory' | 'rejected' }
type AnyReceipt = Receipt<Fact['kind']>
interface Pending {
  fact: Fact
  settle: (receipt: AnyReceipt) => void
}
/** One attempt at a batch: what became of each fact, or the halves to try in its place. */
type Attempt = { receipts: AnyReceipt[] } | { halves: Batch[] }

/** Facts held in memory while neither PostgreSQL nor the disk takes them. */
const memoryLimit = 20_000
const retryMs = { first: 250, most: 5_000 }

/**
 * Group commit: one batch is in flight and the next takes whatever gathers during it, so a lone caller waits for one
 * round trip and a thousand callers share one; callers are answered while the next batch is in flight. While PostgreSQL is
 * unavailable facts go to the spool, and from there to PostgreSQL in the order they came. A batch keeps its id, so a commit
 * in doubt is not applied twice; one that is split is never sent as a whole again.
 */
export function createFactWriter({ store, spool, log, register, sleep, onStored }: FactWriterDeps) {
  let queue: Pending[] = []
  /** Batches held in memory because both PostgreSQL and the spool failed. Their callers have been answered. */
  const unspooled: Batch[] = []
  let away = spool.size() > 0
  let working: Promise<void> | null = null
  let draining: Promise<void> | null = null
  const stopping = new AbortController()
  const inMemory = () => unspooled.reduce((sum, batch) => sum + batch.facts.length, queue.length)
  const metrics = createEventMetrics(register, () => ({ disk: spool.size(), memory: inMemory() }))

  const publishOne = createPublisher({ metrics, log, onStored })
  const publish = (facts: readonly Fact[], receipts: readonly AnyReceipt[]) => {
    metrics.batchFacts.set(facts.length)
    facts.forEach((fact, i) => {
      const receipt = receipts[i]
      if (receipt?.state === 'stored') publishOne(fact, receipt.outcome)
    })
  }

  spool.onLoss((reason, count) => {
    metrics.lost.inc({ reason }, count)
    log.error('events_lost', { count, reason })
  })

  /** The causes logged since facts began to wait: each once, however often the attempt is repeated. */
  const causes = new Set<string>()
  const reportWaiting = (err: unknown) => {
    const cause = err instanceof Error ? err.message : typeof err
    if (!causes.has(cause)) log.warn('events_waiting', { count: spool.size() + inMemory(), err })
    causes.add(cause)
  }

  /** Tries a batch once. Rejects when PostgreSQL, or the disk that has to take what it rejected, may take it later. */
  const attempt = async (batch: Batch, triesLeft = 3): Promise<Attempt> => {
    try {
      return { receipts: (await store.apply(batch)).map(outcome => ({ state: 'stored', outcome })) }
    } catch (err) {
      if (isDeadlock(err) && triesLeft > 1) return attempt(batch, triesLeft - 1)
      if (!isRejection(err, batch)) throw err
      const [only] = batch.facts
      if (only === undefined || batch.facts.length > 1) return { halves: halvesOf(batch) }
      await spool.reject(only, errorMessage(err))
      metrics.lost.inc({ reason: 'refused' })
      log.error('fact_refused', { fact: only.kind, err })
      return { receipts: [{ state: 'rejected' }] }
    }
  }

  // a batch that is written to disk is not applied from memory during this, nor the other way round
  const inTurn = createTurns()
  const toDisk = (batches: readonly Batch[]) => {
    unspooled.push(...batches)
    return inTurn(async () => {
      try {
        for (let next = unspooled[0]; next !== undefined; next = unspooled[0]) {
          await spool.add(next)
          unspooled.shift()
        }
      } catch (err) {
        // memory is all there is now, and the user is answered all the same
        reportWaiting(err)
        while (inMemory() > memoryLimit && unspooled.length > 1) reportOverflow(unspooled.shift()?.facts.length ?? 0)
      }
    })
  }
  const reportOverflow = (count: number) => {
    metrics.lost.inc({ reason: 'overflow' }, count)
    log.error('events_lost', { count, reason: 'overflow' })
  }

  /** Stores one batch. Resolves to what is left to do for it: answering its callers, which does not hold up the next. */
  const storeNext = async (): Promise<() => void> => {
    const taken = takeBatch(queue)
    queue = queue.slice(taken.length)
    const receipts = new Map<Fact, AnyReceipt>()
    const done: (() => void)[] = []
    let left: Batch[] = [{ id: v4(), facts: taken.map(p => p.fact) }]
    try {
      for (let batch = left[0]; batch !== undefined && !away; batch = left[0]) {
        const result = await attempt(batch)
        if ('halves' in result) {
          left = [...result.halves, ...left.slice(1)]
          continue
        }
        left = left.slice(1)
        const { facts } = batch
        facts.forEach((fact, i) => void receipts.set(fact, result.receipts[i] ?? { state: 'stored', outcome: null }))
        done.push(() => publish(facts, result.receipts))
      }
    } catch (err) {
      away = true
      reportWaiting(err)
    }
    if (left.length > 0) {
      await toDisk(left)
      for (const batch of left) {
        const state = unspooled.includes(batch) ? 'in_memory' : 'spooled'
        for (const fact of batch.facts) receipts.set(fact, { state })
      }
      recover()
    }
    await eraseQuarantined(taken.map(({ fact }) => fact).filter(fact => isDurable(receipts.get(fact))))
    return () => {
      for (const tell of done) tell()
      for (const { fact, settle } of taken) settle(receipts.get(fact) ?? { state: 'in_memory' })
    }
  }
  const eraseQuarantined = async (facts: readonly Fact[]) => {
    for (const { kind, userId } of facts) {
      if (kind !== 'erase') continue
      await spool.erase(userId).catch(err => log.error('maintenance_failed', { task: 'erase_quarantined', err }))
    }
  }

  const nothingWaits = () => spool.size() === 0 && unspooled.length === 0
  const work = async () => {
    let tell: () => void = () => undefined
    while (queue.length > 0) {
      // only between two batches: one on its way to the disk must not be overtaken
      if (away && nothingWaits()) away = false
      const stored = storeNext()
      // PostgreSQL works during this
      tell()
      tell = await stored
    }
    tell()
    if (nothingWaits()) away = false
  }
  const kick = () => {
    working ??= outsideRequest(work).finally(() => {
      working = null
      if (queue.length > 0) void kick()
    })
    return working
  }

  /** Applies the oldest batch that waits, on disk or in memory. Resolves to the number of facts it dealt with. */
  const drainOne = async (): Promise<number> => {
    const batch = await spool.oldest()
    if (batch !== null) return drainFrom(batch, spool.split, spool.remove)
    return inTurn(async () => {
      const next = unspooled[0]
      if (next === undefined || spool.size() > 0) return 0
      const replace = async (_: Batch, parts: readonly Batch[]) => void unspooled.splice(0, 1, ...parts)
      return drainFrom(next, replace, batch => replace(batch, []))
    })
  }
  const drainFrom = async (batch: Batch, split: Spool['split'], remove: Spool['remove']) => {
    const result = await attempt(batch)
    if ('halves' in result) {
      await split(batch, result.halves)
      return 0
    }
    // removed before it is published: a kill in between must not publish it twice
    await remove(batch)
    await eraseQuarantined(batch.facts)
    publish(batch.facts, result.receipts)
    return batch.facts.length
  }
  /** Moves what waits to PostgreSQL, oldest first, until nothing does. */
  const drain = async () => {
    let delayMs = retryMs.first
    let count = 0
    while (!stopping.signal.aborted && !nothingWaits()) {
      try {
        count += await drainOne()
        delayMs = retryMs.first
      } catch (err) {
        reportWaiting(err)
        await sleep(delayMs, stopping.signal)
        delayMs = Math.min(delayMs * 2, retryMs.most)
      }
    }
    if (nothingWaits()) causes.clear()
    if (count > 0) log.info('events_recovered', { count })
    await kick()
  }
  const recover = () => {
    draining ??= outsideRequest(drain).finally(() => {
      draining = null
      if (!nothingWaits() && !stopping.signal.aborted) recover()
    })
  }

  return {
    submit: <F extends Fact>(fact: F): Promise<Receipt<F['kind']>> =>
      new Promise(resolve => {
        // the store answers a fact of kind K with OutcomeOf[K]; the queue holds all kinds
        queue.push({ fact, settle: resolve as Pending['settle'] })
        void kick()
      }),
    /** Quarantines an event that does not fit the catalogue: a bug of ours, never a reason to disturb the caller. */
    undeclared: async (fact: EventFact, err: ZodError) => {
      metrics.lost.inc({ reason: 'undeclared' })
      log.error('fact_refused', { fact: fact.eventType, err })
      const problems = err.issues.map(({ code, path }) => `${path.join('.') || 'metadata'} ${code}`)
      await spool
        .reject(fact, `undeclared: ${problems.join(', ')}`)
        .catch(() => log.error('events_lost', { count: 1, reason: 'undeclared' }))
    },
    waiting: () => spool.size() + inMemory(),
    start: async () => {
      if (away) recover()
      while (draining !== null) await draining
    },
    stop: async () => {
      stopping.abort()
      while (draining !== null || working !== null || queue.length > 0) await Promise.all([draining, kick()])
      if (unspooled.length > 0) await toDisk([])
      const lost = unspooled.reduce((sum, batch) => sum + batch.facts.length, 0)
      if (lost > 0) reportOverflow(lost)
    },
  }
}

const isDurable = (receipt: AnyReceipt | undefined): boolean =>
  receipt?.state === 'stored' || receipt?.state === 'spooled'
