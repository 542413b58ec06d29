import { UpstreamError } from '../errors.ts'
import { catalogue, type Metadata } from './catalogue.ts'
import { createFactWriter, type FactWriterDeps } from './fact-writer.ts'
import type { EventFact, Fact, OutcomeOf, PlainEventType } from './facts.ts'

/** Persists user actions and the events they produce. Safe to retry. */
export interface Recorder {
  /**
   * Resolves to the fact's outcome once PostgreSQL has committed it, else to null: it was spooled to disk, waits in memory
   * while the disk fails too, or was permanently rejected. Never rejects.
   */
  submit<F extends Fact>(fact: F): Promise<OutcomeOf[F['kind']] | null>
  /** The same for a fact that is promised to the user: rejects with an AppError when a kill could lose it. */
  submitDurably<F extends Fact>(fact: F): Promise<OutcomeOf[F['kind']] | null>
  /** A plain event: `submit` with the metadata checked against the catalogue. */
  record<T extends PlainEventType>(event: PlainEvent<T>): Promise<void>
  /** Facts accepted and not yet in PostgreSQL. */
  waiting(): number
  /** Stores the backlog of an earlier process; resolves when nothing waits any more. */
  start(): Promise<void>
  /** Stores what was accepted, or leaves it on disk. */
  stop(): Promise<void>
}

export interface PlainEvent<T extends PlainEventType> {
  id: string
  type: T
  userId: number
  at: Date
  requestId: string | null
  metadata: Metadata<T>
  maybeRepeat?: boolean
}

export function createRecorder(deps: FactWriterDeps): Recorder {
  const writer = createFactWriter(deps)
  return {
    submit: async fact => {
      const receipt = await writer.submit(fact)
      return receipt.state === 'stored' ? receipt.outcome : null
    },
    submitDurably: async fact => {
      const receipt = await writer.submit(fact)
      if (receipt.state === 'stored') return receipt.outcome
      if (receipt.state === 'spooled') return null
      throw new UpstreamError('postgres', null, `not stored: ${receipt.state.replace('_', ' ')}`, true)
    },
    record: async ({ type, metadata, ...event }) => {
      const fact = { ...event, kind: 'event', eventType: type, metadata } as EventFact
      const declared = catalogue[type].metadata.safeParse(metadata)
      if (declared.success) await writer.submit(fact)
      else await writer.undeclared(fact, declared.error)
    },
    waiting: writer.waiting,
    start: writer.start,
    stop: writer.stop,
  }
}
