import type { QueuePlace } from '../../assistant/model/stream-queue.ts'
import { createStreamWaits } from '../../assistant/model/stream-waits.ts'
import type { StreamState } from '../../assistant/model/streams.ts'

export interface InboxPlacesDeps {
  /** The queue for the model; undefined when it has none. */
  streams: (() => StreamState) | undefined
  /** Messages that a process answers at the same time. */
  mostInFlight: number
  /** A monotonic clock, in milliseconds. */
  nowMs?: (() => number) | undefined
}

/** Where users stand whose message waits in the inbox: behind all who wait for the model. */
export interface InboxPlaces {
  /** A message is answered from now on; call the result when it is. */
  begin(message: object): () => void
  /** How many users wait in the inbox, and how many processes take them. */
  note(waiting: number, processes: number): void
  /** The place of one behind so many of them. */
  behind(ahead: number): QueuePlace
  /** Where a message that came now would stand; null when it would not wait. */
  ofNew(): QueuePlace | null
}

export function createInboxPlaces({ streams, mostInFlight, nowMs }: InboxPlacesDeps): InboxPlaces {
  const waits = createStreamWaits(mostInFlight, nowMs)
  let waiting = 0
  let processes = 1
  const behind = (ahead: number): QueuePlace => {
    const before = streams?.().ofNew
    // messages that wait for the model count among those in flight: the time between two ends holds for both
    const waitMs = (before?.waitMs ?? 0) + ((ahead + 1) * waits.everyMs()) / processes
    return { ahead: (before?.ahead ?? 0) + ahead, waitMs }
  }
  return {
    begin: waits.begin,
    note: (users, among) => {
      waiting = users
      processes = among
    },
    behind,
    ofNew: () => (waiting > 0 ? behind(waiting) : (streams?.().ofNew ?? null)),
  }
}
