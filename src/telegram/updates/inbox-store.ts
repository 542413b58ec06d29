import type { Db } from '../../db/db.ts'

const PUT = 'select * from inbox_put($1, $2, $3, $4, $5)'
const TAKE = 'select * from inbox_take($1, $2, $3)'
const DONE = 'select inbox_done($1, $2)'
const LEAVE = 'select inbox_leave($1)'
const STATE = 'select * from inbox_state($1)'

/** Names an update in the inbox. */
export interface InboxKey {
  userId: number
  updateId: number
}

/** An update handed to this process. */
export interface HandedUpdate extends InboxKey {
  /** Sealed; null when the caller has just given it. */
  body: Buffer | null
  /** How long it has waited, in milliseconds; null while earlier updates may still come: it is handed later. */
  waitedMs: number | null
}

export interface InboxState {
  /** Updates that no living process has. */
  waiting: number
  in_flight: number
  /** Updates that ten processes had without getting to their end. */
  quarantined: number
  oldest_seconds: number
  /** Living processes besides this one. */
  others: number
}

/** The updates in PostgreSQL, seen by one process. Every method rejects with an AppError when PostgreSQL is unavailable. */
export interface InboxStore {
  /** Stores the update; returns what this process has to deal with now. With `takes` it takes on another user. */
  put(update: InboxKey & { body: Buffer }, takes: boolean): Promise<HandedUpdate[]>
  /** Renews the lease and takes what came for its users, and up to `users` others. */
  take(leaseMs: number, users: number): Promise<HandedUpdate[]>
  done(updates: readonly InboxKey[]): Promise<void>
  /** Ends the lease. */
  leave(): Promise<void>
  state(): Promise<InboxState>
}

interface HandedRow {
  user_id: number
  update_id: number
  body: Buffer | null
  waited_ms: number | null
}

/** `worker` is the id (a UUID) under which this process takes updates. */
export function createInboxStore(db: Db, worker: string): InboxStore {
  const handed = (rows: HandedRow[]): HandedUpdate[] =>
    rows.map(row => ({ userId: row.user_id, updateId: row.update_id, body: row.body, waitedMs: row.waited_ms }))
  return {
    put: async ({ userId, updateId, body }, takes) =>
      handed(await db.query<HandedRow>('inbox_put', PUT, [worker, userId, updateId, body, takes])),
    take: async (leaseMs, users) => handed(await db.query<HandedRow>('inbox', TAKE, [worker, leaseMs, users])),
    done: async updates => {
      const users = updates.map(({ userId }) => userId)
      await db.query('inbox', DONE, [users, updates.map(({ updateId }) => updateId)])
    },
    leave: async () => {
      await db.query('inbox', LEAVE, [worker])
    },
    state: async () => {
      const [row] = await db.query<InboxState & { [column: string]: number }>('inbox', STATE, [worker])
      if (row === undefined) throw new TypeError('inbox_state answers with one row')
      return row
    },
  }
}
