import { errorMessage } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import { halvesOf, isDeadlock, isRejection } from './batches.ts'
import type { Batch, EventStore } from './event-store.ts'
import type { Fact, OutcomeOf } from './facts.ts'
import type { EventMetrics } from './metrics.ts'
import type { Spool } from './spool.ts'

/** Where a fact is once its caller hears of it; only `stored` and `spooled` survive the process. */
export type Receipt<K extends Fact['kind']> =
  | { state: 'stored'; outcome: OutcomeOf[K] | null }
  | { state: 'spooled' | 'in_memory' | 'rejected' }
export type AnyReceipt = Receipt<Fact['kind']>

/** One attempt at a batch: what became of each fact, or the halves to try in its place. */
export type Attempt = { receipts: AnyReceipt[] } | { halves: Batch[] }

export interface AttemptDeps {
  store: Pick<EventStore, 'apply'>
  spool: Pick<Spool, 'reject'>
  metrics: Pick<EventMetrics, 'lost'>
  log: Log
}

/** Tries a batch once. Rejects when PostgreSQL, or the disk that has to take what it rejected, may take it later. */
export function createAttempt({ store, spool, metrics, log }: AttemptDeps) {
  return async function attempt(batch: Batch, triesLeft = 3): Promise<Attempt> {
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
}
