import type { EventType, Metadata } from './catalogue.ts'
import type { Fact, OutcomeOf, PlainEventType } from './facts.ts'

/** The one way to write down what happened. */
export interface Recorder {
  /**
   * Resolves when the fact cannot be lost any more: with the outcome once PostgreSQL has committed it, with null once it
   * waits on disk. Never rejects.
   */
  submit<F extends Fact>(fact: F): Promise<OutcomeOf[F['kind']] | null>
  /** A plain event: `submit` with the metadata checked against the catalogue. */
  record<T extends PlainEventType>(event: {
    id: string
    type: T
    userId: number
    at: Date
    requestId: string | null
    metadata: Metadata<T>
    maybeRepeat?: boolean
  }): Promise<void>
  /** Facts accepted and not yet in PostgreSQL. */
  waiting(): number
}
export type { EventType }
