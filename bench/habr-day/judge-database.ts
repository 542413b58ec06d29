import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { HabrChat } from './chat.ts'

/** What the database has that no chat shows, or the other way round; empty lists when nothing is wrong. */
export interface DatabaseVerdict {
  lost: string[]
  doubled: string[]
}

const CARTS = `
select user_id::float8 as user_id, count(*)::int as rows,
  count(*) filter (where metadata ->> 'revision' = '0')::int as first_versions,
  count(distinct (metadata ->> 'cart_number', metadata ->> 'revision'))::int as versions,
  max((metadata ->> 'cart_number')::int) as last_number
from user_events where event_type = 'cart_created' group by user_id`
const CREATED = 'select user_id::float8 as user_id, carts_created from users where carts_created > 0'
const TWICE = 'select id, event_type from user_events group by id, event_type having count(*) > 1'
const STARTS = `
select user_id::float8 as user_id, event_type, count(*)::int as rows from user_events
where event_type in ('bot_start', 'session_start') group by user_id, event_type having count(*) > 1`
const WAITING = 'select count(*)::int as waiting from inbox'

/** Holds the database against the chats: every cart shown is there once, numbers are gapless, nothing stands there twice or waits. */
export async function judgeDatabase(pool: pg.Pool, chats: readonly HabrChat[]): Promise<DatabaseVerdict> {
  const [lost, doubled]: [string[], string[]] = [[], []]
  const carts =
    await pool.query<Record<'user_id' | 'rows' | 'first_versions' | 'versions' | 'last_number', number>>(CARTS)
  const stored = new Map(carts.rows.map(row => [row.user_id, row]))
  const { rows: created } = await pool.query<{ user_id: number; carts_created: number }>(CREATED)
  const createdBy = new Map(created.map(row => [row.user_id, row.carts_created]))

  for (const chat of chats) {
    const shown = new Set(
      chat.shown().flatMap(({ buttons }) => buttons.flatMap(({ url }) => (url?.includes('share_basket') ? [url] : []))),
    ).size
    const { rows, first_versions, versions, last_number } = stored.get(chat.userId) ?? none
    const who = `user ${chat.userId}`
    if (rows < shown) lost.push(`${who}: ${shown} carts shown, ${rows} stored`)
    if (rows > shown) doubled.push(`${who}: ${shown} carts shown, ${rows} stored`)
    if (versions !== rows || last_number !== first_versions)
      doubled.push(`${who}: numbers of carts repeat or have a gap`)
    if ((createdBy.get(chat.userId) ?? 0) !== first_versions)
      lost.push(`${who}: carts_created is not the number of carts`)
  }
  for (const { id, event_type } of (await pool.query(TWICE)).rows)
    doubled.push(`${event_type} ${id} stands there twice`)
  for (const { user_id, event_type, rows } of (await pool.query(STARTS)).rows)
    doubled.push(`user ${user_id}: ${rows} ${event_type}`)
  const waiting = await waitingUpdates(pool)
  if (waiting > 0) lost.push(`${waiting} updates still wait in the inbox`)
  return { lost, doubled }
}

/** How many updates are left in the inbox; those that were dealt with are deleted a moment later. */
async function waitingUpdates(pool: pg.Pool): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    const waiting = (await pool.query<{ waiting: number }>(WAITING)).rows[0]?.waiting ?? 0
    if (waiting === 0 || tries === 100) return waiting
    await sleep(100)
  }
}

const none = { rows: 0, first_versions: 0, versions: 0, last_number: 0 }
