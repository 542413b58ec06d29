import type { Db } from '../../db/db.ts'

const REFUSE = 'select queue_refuse($1)'
const WANT = 'select queue_want_reminder($1)'
const TAKE = 'select queue_take_reminders as user_id from queue_take_reminders($1, $2, $3, $4)'
const REMINDED = 'select queue_reminded($1)'
const STATE = 'select * from queue_refusals_state()'

/** What became of users who were refused. */
export interface RefusalCounts {
  /** Refused within 24 hours. */
  refused: number
  /** Waiting for a reminder now. */
  wanted: number
  /** Reminded within 24 hours. */
  reminded: number
}

/** How many reminders may be claimed. */
export interface ReminderClaim {
  /** Messages that the queue would take now without a long wait. */
  places: number
  /** Claimed together. */
  most: number
  /** A place is held for so long for who was reminded and has not written yet, in milliseconds. */
  keptMs: number
  /** None is claimed within so many milliseconds after any process claimed some. */
  pauseMs: number
}

/** Who was refused by the queue and wants a reminder. Every method rejects with an AppError when PostgreSQL is unavailable. */
export interface RefusalStore {
  refuse(userId: number): Promise<void>
  wantReminder(userId: number): Promise<void>
  /** Claims reminders for this process, of those who wait longest. */
  takeReminders(claim: ReminderClaim): Promise<number[]>
  /** The claimed reminder was sent. One that was not is claimed again after 15 minutes, for half a day. */
  reminded(userId: number): Promise<void>
  counts(): Promise<RefusalCounts>
}

export const createRefusalStore = (db: Db): RefusalStore => ({
  refuse: async userId => {
    await db.query('queue', REFUSE, [userId])
  },
  wantReminder: async userId => {
    await db.query('queue', WANT, [userId])
  },
  takeReminders: async ({ places, most, keptMs, pauseMs }) => {
    const rows = await db.query<{ user_id: number }>('queue', TAKE, [places, most, keptMs, pauseMs])
    return rows.map(({ user_id }) => user_id)
  },
  reminded: async userId => {
    await db.query('queue', REMINDED, [userId])
  },
  counts: async () => {
    const [row] = await db.query<RefusalCounts & { [column: string]: number }>('queue', STATE)
    if (row === undefined) throw new TypeError('queue_refusals_state answers with one row')
    return row
  },
})
