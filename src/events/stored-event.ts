import type { EventType } from './catalogue.ts'
import type { Fact, OutcomeOf } from './facts.ts'

/** A business event that is now in PostgreSQL. */
export interface StoredEvent {
  id: string
  type: EventType
  userId: number
  at: Date
  requestId: string | null
  /** Of a cart: 0 for a new one, 1, 2, … for its corrections. Null for other events. */
  revision: number | null
}

/** Which row of `user_events` a stored fact became, or null when it made none (a repeat, a message within a session). */
export function storedEvent(fact: Fact, outcome: OutcomeOf[Fact['kind']] | null): StoredEvent | null {
  const type = eventTypeOf(fact, outcome)
  if (type === null) return null
  const revision = outcome !== null && 'revision' in outcome ? outcome.revision : null
  return { id: fact.id, type, userId: fact.userId, at: fact.at, requestId: fact.requestId, revision }
}

function eventTypeOf(fact: Fact, outcome: OutcomeOf[Fact['kind']] | null): EventType | null {
  // without an outcome the batch had been applied by an earlier attempt without an answer
  if (fact.kind === 'event') return outcome === null || ('stored' in outcome && outcome.stored) ? fact.eventType : null
  if (outcome === null) return null
  const repeat = 'repeat' in outcome && outcome.repeat
  switch (fact.kind) {
    case 'start':
      return repeat ? null : 'bot_start'
    case 'cart':
      return repeat ? null : 'cart_created'
    case 'message':
      return 'sessionStarted' in outcome && outcome.sessionStarted ? 'session_start' : null
    case 'survey':
      return 'completed' in outcome && outcome.completed ? 'survey_completed' : null
    default:
      return null
  }
}
