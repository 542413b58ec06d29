import { catalogue, type EventType, type Metadata } from './catalogue.ts'
import { createFactWriter, type FactWriterDeps } from './fact-writer.ts'
import type { EventFact, Fact, OutcomeOf, PlainEventType } from './facts.ts'

/** The one way to write down what happened. */
export interface Recorder {
  /**
   * Resolves when the fact cannot be lost any more: with the outcome once PostgreSQL has committed it, with null once it
   * waits on disk. Never rejects.
   */
  submit<F extends Fact>(fact: F): Promise<OutcomeOf[F['kind']] | null>
  /** A plain event: `submit` with the metadata checked against the catalogue. */
  record<T extends PlainEventType>(event: PlainEvent<T>): Promise<void>
  /** Facts accepted and not yet in PostgreSQL. */
  waiting(): number
  /** Stores what an earlier process left on disk; resolves when nothing waits any more. */
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

/** A business event that is now in PostgreSQL. */
export interface StoredEvent {
  id: string
  type: EventType
  userId: number
  at: Date
  requestId: string | null
}

export function createRecorder(deps: FactWriterDeps): Recorder {
  const writer = createFactWriter(deps)
  return {
    submit: writer.submit,
    record: async ({ type, metadata, ...event }) => {
      const declared = catalogue[type].metadata.safeParse(metadata)
      if (declared.success)
        await writer.submit({ ...event, kind: 'event', eventType: type, metadata: declared.data } as EventFact)
      else writer.undeclared(type, declared.error)
    },
    waiting: writer.waiting,
    start: writer.start,
    stop: writer.stop,
  }
}
