import type { Log } from '../telemetry/log.ts'
import type { Fact, OutcomeOf } from './facts.ts'
import type { EventMetrics } from './metrics.ts'
import type { StoredEvent } from './stored-event.ts'
import { storedEvent } from './stored-event.ts'

interface PublisherDeps {
  metrics: Pick<EventMetrics, 'messages' | 'recorded' | 'carts'>
  log: Log
  onStored?: ((event: StoredEvent) => void) | undefined
}
type Outcome = OutcomeOf[Fact['kind']] | null

/** Publishes what a stored fact became: a log line and a count for a counted message, the same and a call for a new row. */
export const createPublisher =
  ({ metrics, log, onStored }: PublisherDeps) =>
  (fact: Fact, outcome: Outcome): void => {
    const { id: event_id, userId: user_id, requestId, at } = fact
    const line = { event_id, user_id, request_id: requestId ?? undefined, at_ms: at.getTime() }
    if (isFirstDelivery(fact, outcome)) {
      metrics.messages.inc()
      log.info('message_recorded', line)
    }
    const event = storedEvent(fact, outcome)
    if (event === null) return
    metrics.recorded.inc({ event_type: event.type })
    const { type: event_type, revision } = event
    if (revision !== null) metrics.carts.inc({ version: revision === 0 ? 'first' : 'correction' })
    log.info('business_event', { event_type, ...(revision === null ? {} : { revision }), ...line })
    onStored?.(event)
  }

/** True if the fact was counted as a message. */
const isFirstDelivery = (fact: Fact, outcome: Outcome): boolean =>
  fact.kind === 'message' && outcome !== null && 'delivery' in outcome && outcome.delivery === 'first'
