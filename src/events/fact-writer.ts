import { v4 } from 'uuid'
import type { ZodError } from 'zod'
import { createOncePerCause } from '../process/once-per-cause.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { outsideRequest } from '../telemetry/request-context.ts'
import { type AnyReceipt, createAttempt, type Receipt } from './attempt.ts'
import { createBacklog } from './backlog.ts'
import { batchLimit, batchPerUser, mayConcernOneFact, takeBatch } from './batches.ts'
import { createDrain } from './drain.ts'
import type { Batch, EventStore } from './event-store.ts'
import type { EventFact, Fact } from './facts.ts'
import { createLanes } from './lanes.ts'
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
  /** Names a batch: a UUID that no other batch has or will have. */
  newId?: () => string
  /** Called with every event once it is committed. */
  onStored?: (event: StoredEvent) => void
}

interface Pending {
  fact: Fact
  settle: (receipt: AnyReceipt) => void
}
/** Batches in flight: two share the processors and the disk's pauses; more, and smaller ones, would cost more than they gain. */
const mostBatches = 2
/** Facts held in memory while neither PostgreSQL nor the disk takes them. */
const memoryLimit = 20_000

/**
 * Group commit: one batch is in flight and the next takes whatever gathers during it, so a lone caller waits for one
 * round trip and a thousand callers share one, those too who were answered together and come again together; callers are
 * answered while the next batch is in flight. When a full batch gathers, what of it concerns other users goes beside the
 * one in flight. While PostgreSQL is unavailable facts go to the backlog, and from there to PostgreSQL in the order they
 * came; while it fails on the facts of one user only those of that user do. A batch keeps its id, so a commit in doubt is
 * not applied twice; one that is split is never sent as a whole again.
 */
export function createFactWriter({ store, spool, log, register, sleep, newId = v4, onStored }: FactWriterDeps) {
  let queue: Pending[] = []
  let isDown = spool.size() > 0
  /** Batches taken from the queue, and neither stored nor in the backlog yet; each resolves when its callers were answered. */
  const inFlight = new Map<readonly Pending[], Promise<void>>()
  const lanes = createLanes()
  const inMemory = (): number => queue.length + backlog.inMemory()
  const waiting = (): number => spool.size() + inMemory()
  const metrics = createEventMetrics(register, {
    waiting: () => ({ disk: spool.size(), memory: inMemory() }),
    heldUsers: () => lanes.held.size,
  })
  const reportLoss = (reason: string, count: number) => {
    metrics.lost.inc({ reason }, count)
    log.error('events_lost', { count, reason })
  }
  spool.onLoss(reportLoss)
  const logWaiting = (err: unknown) => log.warn('events_waiting', { count: waiting(), err })
  const reportWaiting = createOncePerCause(logWaiting)
  const reportHeld = createOncePerCause(logWaiting)
  const backlog = createBacklog({
    spool,
    memoryLimit,
    alsoInMemory: () => queue.length,
    onDiskFailure: reportWaiting.report,
    onOverflow: count => reportLoss('overflow', count),
  })
  const attempt = createAttempt({ store, spool, metrics, log })

  const publishOne = createPublisher({ metrics, log, onStored })
  const publish = (facts: readonly Fact[], receipts: readonly AnyReceipt[]) => {
    metrics.batchFacts.set(facts.length)
    facts.forEach((fact, i) => {
      const receipt = receipts[i]
      if (receipt?.state === 'stored') publishOne(fact, receipt.outcome)
    })
  }
  const eraseQuarantined = async (facts: readonly Fact[]) => {
    for (const { kind, userId } of facts) {
      if (kind !== 'erase') continue
      await spool.erase(userId).catch(err => log.error('maintenance_failed', { task: 'erase_quarantined', err }))
    }
  }
  const drain = createDrain({
    backlog,
    lanes,
    attempt,
    log,
    sleep,
    onWaiting: reportWaiting.report,
    onHeld: reportHeld.report,
    onDone: async (facts, receipts) => {
      await eraseQuarantined(facts)
      publish(facts, receipts)
    },
    onCaughtUp: () => {
      reportWaiting.clear()
      if (lanes.held.size === 0) reportHeld.clear()
    },
  })

  /** Stores one batch. Resolves to what is left to do for it: answering its callers, which does not hold up the next. */
  const storeBatch = async (taken: readonly Pending[]): Promise<() => void> => {
    const facts = taken.map(p => p.fact)
    const receipts = new Map<Fact, AnyReceipt>()
    const done: (() => void)[] = []
    const users = isDown ? new Set<number>() : backlog.users()
    const free = facts.filter(({ userId }) => !users.has(userId))
    let left: Batch[] = free.length === 0 ? [] : [{ id: newId(), facts: free }]
    try {
      for (let batch = left[0]; batch !== undefined && !isDown; batch = left[0]) {
        const result = await attempt(batch)
        if ('halves' in result) {
          left = [...result.halves, ...left.slice(1)]
          continue
        }
        lanes.passed()
        left = left.slice(1)
        const { facts } = batch
        facts.forEach((fact, i) => void receipts.set(fact, result.receipts[i] ?? { state: 'stored', outcome: null }))
        done.push(() => publish(facts, result.receipts))
      }
    } catch (err) {
      isDown = true
      if (!mayConcernOneFact(err)) reportWaiting.report(err) // else the drain finds out whom it concerns
    }
    left = [
      ...left,
      ...batchPerUser(
        facts.filter(({ userId }) => users.has(userId)),
        newId,
      ),
    ]
    if (left.length > 0) {
      await backlog.add(left)
      for (const batch of left) {
        const state = backlog.isInMemory(batch) ? 'in_memory' : 'spooled'
        for (const fact of batch.facts) receipts.set(fact, { state })
      }
      drain.start()
    }
    await eraseQuarantined(facts.filter(fact => isDurable(receipts.get(fact))))
    return () => {
      for (const answer of done) answer()
      for (const { fact, settle } of taken) settle(receipts.get(fact) ?? { state: 'in_memory' })
    }
  }

  const storeTaken = async (taken: readonly Pending[]): Promise<void> => {
    let answer: () => void = () => undefined
    try {
      answer = await storeBatch(taken)
    } finally {
      inFlight.delete(taken)
      storeWaiting()
    }
    answer() // PostgreSQL works during this
  }
  const takeNext = (): readonly Pending[] => {
    if (inFlight.size === 0) return takeBatch(queue)
    if (isDown || inFlight.size === mostBatches || queue.length < batchLimit) return []
    const taken = takeBatch(queue, [...inFlight.keys()].flat())
    return taken.length < batchLimit / 2 ? [] : taken
  }
  const storeWaiting = () => {
    // only between two batches: one being spooled must not be overtaken
    if (isDown && inFlight.size === 0 && drain.isCaughtUp()) isDown = false
    for (let taken = takeNext(); taken.length > 0; taken = takeNext()) {
      const isTaken = new Set(taken)
      queue = queue.filter(pending => !isTaken.has(pending))
      inFlight.set(taken, storeTaken(taken))
    }
  }
  let isDue = false
  /** What is submitted in the same turn goes together: alone in flight, its first fact would have the others wait for it. */
  const storeAfterThisTurn = () => {
    if (isDue) return
    isDue = true
    queueMicrotask(() => {
      isDue = false
      outsideRequest(storeWaiting)
    })
  }

  return {
    submit: <F extends Fact>(fact: F): Promise<Receipt<F['kind']>> =>
      new Promise(resolve => {
        // the store answers a fact of kind K with OutcomeOf[K]; the queue holds all kinds
        queue.push({ fact, settle: resolve as Pending['settle'] })
        // looking through a long queue for each fact would take time by its square
        if (queue.length % batchLimit === 0) outsideRequest(storeWaiting)
        else if (inFlight.size === 0) storeAfterThisTurn()
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
    waiting,
    start: async () => {
      if (backlog.size() > 0) drain.start()
      await drain.caughtUp()
    },
    stop: async () => {
      drain.stop()
      await drain.done()
      while (inFlight.size > 0) await Promise.all(inFlight.values())
      await drain.done()
      if (backlog.inMemory() > 0) await backlog.add([])
      const lost = backlog.inMemory()
      if (lost > 0) reportLoss('overflow', lost)
    },
  }
}

const isDurable = (receipt: AnyReceipt | undefined): boolean =>
  receipt?.state === 'stored' || receipt?.state === 'spooled'
