import { v4, v5 } from 'uuid'
import { AppError, errorMessage } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { outsideRequest } from '../telemetry/request-context.ts'
import type { EventType } from './catalogue.ts'
import type { Batch, EventStore } from './event-store.ts'
import type { Fact, OutcomeOf } from './facts.ts'
import { createEventMetrics } from './metrics.ts'
import type { StoredEvent } from './recorder.ts'
import type { Spool } from './spool.ts'
import { storedEvent } from './stored-event.ts'

export interface FactWriterDeps {
  store: Pick<EventStore, 'apply'>
  spool: Spool
  log: Log
  register: MetricRegistry
  /** Waits before PostgreSQL is tried again; resolves early when aborted. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told of every event once it is committed. */
  onStored?: (event: StoredEvent) => void
}

type Outcome = OutcomeOf[Fact['kind']] | null
/** Instead of an outcome: PostgreSQL will never take this fact. */
const refused = Symbol('refused')
type Refused = typeof refused
interface Pending {
  fact: Fact
  settle: (outcome: Outcome) => void
}

const batchLimit = 500
/** Facts kept in memory while neither PostgreSQL nor the disk takes them. */
const memoryLimit = 20_000
const retryMs = { first: 250, most: 5_000 }

/**
 * Group commit: one batch is on its way at a time and the next takes whatever has gathered meanwhile, so a lone caller
 * waits for one round trip and a thousand callers share one; callers hear of theirs while the next is on its way. While PostgreSQL is away facts go to the spool, and from there
 * to PostgreSQL in the order they came; a batch keeps its id on the way, so a commit in doubt is not applied twice.
 */
export function createFactWriter({ store, spool, log, register, sleep, onStored }: FactWriterDeps) {
  let queue: Pending[] = []
  /** Batches the disk refused too. Their callers have been answered. */
  let homeless: Batch[] = []
  let away = spool.size() > 0
  let working: Promise<void> | null = null
  let draining: Promise<void> | null = null
  const stopping = new AbortController()
  const inMemory = () => homeless.reduce((sum, batch) => sum + batch.facts.length, queue.length)
  const metrics = createEventMetrics(register, () => ({ disk: spool.size(), memory: inMemory() }))

  spool.onUnreadable(count => {
    metrics.lost.inc({ reason: 'unreadable' }, count)
    log.error('events_lost', { count })
  })

  const announceOne = (fact: Fact, outcome: Outcome) => {
    const { id: event_id, userId: user_id, requestId, at } = fact
    const line = { event_id, user_id, request_id: requestId ?? undefined, at_ms: at.getTime() }
    if (isFirstDelivery(fact, outcome)) {
      metrics.messages.inc()
      log.info('message_recorded', line)
    }
    const event = storedEvent(fact, outcome)
    if (event === null) return
    metrics.recorded.inc({ event_type: event.type })
    log.info('business_event', { event_type: event.type, ...line })
    onStored?.(event)
  }

  const announce = ({ facts }: Batch, outcomes: readonly (Outcome | Refused)[]) => {
    metrics.batchFacts.set(facts.length)
    facts.forEach((fact, i) => {
      const outcome = outcomes[i] ?? null
      if (outcome !== refused) announceOne(fact, outcome)
    })
  }

  /** Applies a batch. What PostgreSQL refuses for good is found by halving and set aside; the rest is stored. */
  const apply = async (batch: Batch, triesLeft = 3): Promise<(Outcome | Refused)[]> => {
    try {
      return await store.apply(batch)
    } catch (err) {
      if (isDeadlock(err) && triesLeft > 1) return apply(batch, triesLeft - 1)
      if (!(err instanceof AppError) || err.retryable) throw err
      const [only] = batch.facts
      if (only !== undefined && batch.facts.length === 1) {
        await spool.refuse(only, errorMessage(err))
        metrics.lost.inc({ reason: 'refused' })
        log.error('fact_refused', { fact: only.kind, err })
        return [refused]
      }
      const middle = Math.ceil(batch.facts.length / 2)
      const first = await apply({ id: v5('first half', batch.id), facts: batch.facts.slice(0, middle) })
      const second = await apply({ id: v5('second half', batch.id), facts: batch.facts.slice(middle) })
      return [...first, ...second]
    }
  }

  const toDisk = async (batch: Batch | null) => {
    if (batch !== null) homeless.push(batch)
    try {
      for (;;) {
        const [next] = homeless
        if (next === undefined) return
        await spool.add(next)
        homeless = homeless.filter(b => b !== next)
      }
    } catch (err) {
      // memory is all there is now, and the person is answered all the same
      log.error('events_waiting', { count: inMemory(), err })
      while (inMemory() > memoryLimit && homeless.length > 1) {
        const lost = homeless.shift()?.facts.length
        metrics.lost.inc({ reason: 'overflow' }, lost)
        log.error('events_lost', { count: lost })
      }
    }
  }

  /** Stores one batch. Resolves to what is left to do for it: telling, which does not hold up the next. */
  const storeNext = async (): Promise<() => void> => {
    const taken = takeBatch(queue)
    queue = queue.slice(taken.length)
    const batch = { id: v4(), facts: taken.map(p => p.fact) }
    let outcomes: (Outcome | Refused)[] | undefined
    if (away) {
      await toDisk(batch)
    } else {
      try {
        outcomes = await apply(batch)
      } catch (err) {
        away = true
        log.warn('events_waiting', { count: taken.length, err })
        await toDisk(batch)
        recover()
      }
    }
    return () => {
      if (outcomes !== undefined) announce(batch, outcomes)
      taken.forEach(({ settle }, i) => {
        const outcome = outcomes?.[i] ?? null
        settle(outcome === refused ? null : outcome)
      })
    }
  }

  const nothingWaits = () => spool.size() === 0 && homeless.length === 0
  const work = async () => {
    let tell: () => void = () => undefined
    while (queue.length > 0) {
      // only between two batches: one on its way to the disk must not be overtaken
      if (away && nothingWaits()) away = false
      const stored = storeNext()
      // PostgreSQL is at work meanwhile
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

  /** Moves what waits to PostgreSQL, oldest first, until nothing does. */
  const drain = async () => {
    let delayMs = retryMs.first
    let count = 0
    while (!stopping.signal.aborted && !nothingWaits()) {
      try {
        const onDisk = await spool.oldest()
        const batch = onDisk ?? homeless[0]
        if (batch === undefined) continue
        announce(batch, await apply(batch))
        count += batch.facts.length
        if (onDisk === null) homeless = homeless.filter(b => b !== batch)
        else await spool.remove(onDisk)
        delayMs = retryMs.first
      } catch {
        // the first failure was logged with its cause; until this is over the gauge of waiting facts tells
        await sleep(delayMs, stopping.signal)
        delayMs = Math.min(delayMs * 2, retryMs.most)
      }
    }
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
    submit: <F extends Fact>(fact: F): Promise<OutcomeOf[F['kind']] | null> =>
      new Promise(resolve => {
        // the store answers a fact of kind K with OutcomeOf[K]; the queue holds all kinds
        queue.push({ fact, settle: resolve as Pending['settle'] })
        void kick()
      }),
    /** Counts metadata that does not fit the catalogue: a bug of ours, never a reason to disturb the caller. */
    undeclared: (type: EventType, err: unknown) => {
      metrics.lost.inc({ reason: 'undeclared' })
      log.error('fact_refused', { fact: type, err })
    },
    waiting: () => spool.size() + inMemory(),
    start: async () => {
      if (away) recover()
      while (draining !== null) await draining
    },
    stop: async () => {
      stopping.abort()
      while (draining !== null || working !== null || queue.length > 0) await Promise.all([draining, kick()])
      if (homeless.length > 0) await toDisk(null)
      const lost = homeless.reduce((sum, batch) => sum + batch.facts.length, 0)
      if (lost > 0) {
        metrics.lost.inc({ reason: 'overflow' }, lost)
        log.error('events_lost', { count: lost })
      }
    },
  }
}

/** Whether the fact was counted as a message. */
const isFirstDelivery = (fact: Fact, outcome: Outcome): boolean =>
  fact.kind === 'message' && outcome !== null && 'delivery' in outcome && outcome.delivery === 'first'

/** The next facts to go together. An erasure goes alone: what came before it must be in the tables, what comes after not. */
function takeBatch(queue: readonly Pending[]): Pending[] {
  const erasure = queue.findIndex(p => p.fact.kind === 'erase')
  if (erasure === 0) return queue.slice(0, 1)
  return queue.slice(0, erasure === -1 ? batchLimit : Math.min(erasure, batchLimit))
}

/** Two batches that wait for each other's rows: PostgreSQL ends one at once, and it passes when repeated. */
const isDeadlock = (err: unknown): boolean => err instanceof AppError && /SQLSTATE 40(P01|001)/.test(err.message)
