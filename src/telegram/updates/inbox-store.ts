import { mayConcernOneStatement } from '../../db/database-error.ts'
import type { Db } from '../../db/db.ts'
import { type Sleep, sleep as sleepByClock } from '../../process/sleep.ts'
import { createInboxLane } from './inbox-lane.ts'

const EXCHANGE = 'select * from inbox_exchange($1, $2, $3, $4, $5, $6, $7, $8, $9)'
const TAKE = 'select * from inbox_take($1, $2, $3, $4)'
const RELEASE = 'select inbox_release($1, $2)'
const SHOW = 'select inbox_show($1, $2, $3, $4) as is_stored'
const SHOW_WAITING = 'select * from inbox_show_waiting($1, $2)'
const LEAVE = 'select inbox_leave($1)'
const STATE = 'select * from inbox_state($1)'

/** Names an update in the inbox. */
export interface InboxKey {
  userId: number
  updateId: number
}

/** Of no other update. */
export const nameOf = ({ userId, updateId }: InboxKey): string => `${userId}:${updateId}`

/** An update handed to this process. */
export interface HandedUpdate extends InboxKey {
  /** Sealed; null when the caller has just given it. */
  body: Buffer | null
  /** How long it has waited, in milliseconds; null while earlier updates may still come: it is handed later. */
  waitedMs: number | null
  /** Id of the message in which another process has shown that it is worked on; null when there is none. */
  shownMessage: number | null
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

/**
 * The updates in PostgreSQL, seen by one process. Every method rejects with an AppError when PostgreSQL is unavailable. `fence` rises
 * with each answer that the process did not hear: what PostgreSQL carries out after a `take` with a higher one hands out nothing.
 */
export interface InboxStore {
  /** Stores the update; returns what this process has to deal with now. With `takes` it takes on another user. */
  put(update: InboxKey & { body: Buffer }, takes: boolean, fence: number): Promise<HandedUpdate[]>
  /**
   * Renews the lease and takes what came for its users, and up to `users` others. With a higher `fence` than before it is handed what
   * it was handed before, too.
   */
  take(leaseMs: number, users: number, fence: number): Promise<HandedUpdate[]>
  done(updates: readonly InboxKey[]): Promise<void>
  /** Gives users back, with all that this process has of them: others go on with them. */
  release(userIds: readonly number[]): Promise<void>
  /** Notes the message that shows the user that it is worked on, or waits. Resolves to false when no process will be handed it. */
  show(update: InboxKey, messageId: number): Promise<boolean>
  /** All users who wait for a process. It falls to this one to show them that they wait, unless another one does; to `shown` it does already. */
  showWaiting(shown: readonly number[]): Promise<InboxWait[]>
  /** Ends the lease. */
  leave(): Promise<void>
  state(): Promise<InboxState>
}

/** A user who waits for a process, named by the first of what they have sent. */
export interface InboxWait extends InboxKey {
  /** Users who have waited longer. */
  ahead: number
  /** It is this process that shows them that they wait. */
  isShownHere: boolean
  /** Sealed, when this process has to begin to show it; else null. */
  body: Buffer | null
  /** Id of the message in which an earlier process has shown it; null when there is none. */
  shownMessage: number | null
}

interface InboxPut extends InboxKey {
  body: Buffer
  takes: boolean
  fence: number
}

interface WaitingRow {
  user_id: number
  update_id: number
  ahead: number
  is_shown_here: boolean
  body: Buffer | null
  shown_message: number | null
}

interface HandedRow {
  user_id: number
  update_id: number
  body: Buffer | null
  waited_ms: number | null
  shown_message: number | null
}

export interface InboxStoreDeps {
  db: Db
  /** The id (a UUID) under which this process takes updates. */
  worker: string
  /** Updates come in the order of their ids, as long polling hands them out: none before one that came is still to come. */
  inOrder: boolean
  sleep?: Sleep
}

export function createInboxStore({ db, worker, inOrder, sleep = sleepByClock }: InboxStoreDeps): InboxStore {
  const handed = (rows: HandedRow[]): HandedUpdate[] =>
    rows.map(row => ({
      userId: row.user_id,
      updateId: row.update_id,
      body: row.body,
      waitedMs: row.waited_ms,
      shownMessage: row.shown_message,
    }))
  const lane = createInboxLane({
    sleep,
    mayConcernOne: mayConcernOneStatement,
    exchange: async (done: readonly InboxKey[], puts: readonly InboxPut[]) => {
      const rows = await db.query<HandedRow>(puts.length === 0 ? 'inbox' : 'inbox_put', EXCHANGE, [
        worker,
        ...[done.map(({ userId }) => userId), done.map(({ updateId }) => updateId)],
        ...[puts.map(({ userId }) => userId), puts.map(({ updateId }) => updateId)],
        ...[puts.map(({ body }) => body), puts.map(({ takes }) => takes)],
        // it is sent after the last of them came
        Math.max(0, ...puts.map(({ fence }) => fence)),
        inOrder,
      ])
      return answersOf(puts, handed(rows))
    },
  })
  return {
    put: (update, takes, fence) => lane.put({ ...update, takes, fence }),
    take: async (leaseMs, users, fence) =>
      handed(await db.query<HandedRow>('inbox', TAKE, [worker, leaseMs, users, fence])),
    done: lane.done,
    release: async userIds => {
      await db.query('inbox', RELEASE, [worker, userIds])
    },
    show: async ({ userId, updateId }, messageId) => {
      const [row] = await db.query<{ is_stored: boolean }>('inbox', SHOW, [worker, userId, updateId, messageId])
      return row?.is_stored === true
    },
    showWaiting: async shown => {
      const rows = await db.query<WaitingRow>('inbox', SHOW_WAITING, [worker, shown])
      return rows.map(row => ({
        userId: row.user_id,
        updateId: row.update_id,
        ahead: row.ahead,
        isShownHere: row.is_shown_here,
        body: row.body,
        shownMessage: row.shown_message,
      }))
    },
    leave: async () => {
      await lane.flush()
      await db.query('inbox', LEAVE, [worker])
    },
    state: async () => {
      const [row] = await db.query<InboxState & { [column: string]: number }>('inbox', STATE, [worker])
      if (row === undefined) throw new TypeError('inbox_state answers with one row')
      return row
    },
  }
}

/** To each put itself, when this process has it; what else is handed is the answer to the first put of its user. */
function answersOf(puts: readonly InboxPut[], handed: readonly HandedUpdate[]): HandedUpdate[][] {
  const answers = puts.map((): HandedUpdate[] => [])
  for (const update of handed) {
    const isOwn = (put: InboxPut) =>
      put.userId === update.userId && (update.body !== null || put.updateId === update.updateId)
    answers[puts.findIndex(isOwn)]?.push(update)
  }
  return answers
}
