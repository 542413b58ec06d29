import type { Db } from '../db/db.ts'
import type { StoredEvent } from './stored-event.ts'

/** A row of `user_events` as a live view shows it; `created_at` is ISO 8601. */
export interface FeedEvent {
  id: string
  event_type: string
  user_id: number
  metadata: Record<string, unknown>
  created_at: string
  request_id: string | null
}

const COLUMNS = 'id, event_type, user_id, metadata, created_at, request_id'
const RECENT_EVENTS = `select ${COLUMNS} from user_events where created_at > $1 order by created_at desc limit $2`
const LOAD_EVENT = `select ${COLUMNS} from user_events where user_id = $1 and id = $2 and created_at = $3`

/** The last business events, and each new one as soon as it is committed by this process. For the sandbox page. */
export function createEventFeed(db: Db, now: () => Date) {
  const listeners = new Set<(event: FeedEvent) => void>()
  const present = (row: Omit<FeedEvent, 'created_at'> & { created_at: Date }): FeedEvent => ({
    ...row,
    created_at: row.created_at.toISOString(),
  })
  type Row = Parameters<typeof present>[0]

  return {
    recent: async (limit = 50): Promise<FeedEvent[]> => {
      const since = new Date(now().getTime() - 7 * 24 * 3600 * 1000)
      return (await db.query<Row>('recent_events', RECENT_EVENTS, [since, limit])).map(present).reverse()
    },
    subscribe: (listener: (event: FeedEvent) => void): (() => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    /** Hand to the recorder: loads the row and passes it on. */
    onStored: (event: StoredEvent): void => {
      if (listeners.size === 0) return
      void db
        .query<Row>('recent_events', LOAD_EVENT, [event.userId, event.id, event.at])
        .then(rows => {
          for (const row of rows) for (const listener of listeners) listener(present(row))
        })
        .catch(() => undefined) // the page misses one live line and shows it after the next reload
    },
  }
}
