import type { Db } from '../db/db.ts'

/** A claim older than this was made by a bot that died before it sent anything, or whose message was refused. */
const claimMinutes = 30

const CLAIM = `
insert into digests as d (week, admin_id, claimed_at) values ($1, $2, $3)
on conflict (week, admin_id) do update set claimed_at = excluded.claimed_at
where d.sent_at is null and d.claimed_at < excluded.claimed_at - make_interval(mins => ${claimMinutes})
returning 1 as claimed`
const SENT = 'update digests set sent_at = $3 where week = $1 and admin_id = $2'

// a name of its own would cost more series than two rows a week are worth
/** Who sends the digest of a week to an administrator: one bot at a time, once. */
export interface DigestStore {
  /** Resolves to true for the one that shall send it now. */
  claim(week: string, adminId: number, now: Date): Promise<boolean>
  sent(week: string, adminId: number, now: Date): Promise<void>
}

export const createDigestStore = (db: Db): DigestStore => ({
  claim: async (week, adminId, now) => (await db.query('save_alert_desk', CLAIM, [week, adminId, now])).length > 0,
  sent: async (week, adminId, now) => {
    await db.query('save_alert_desk', SENT, [week, adminId, now])
  },
})
