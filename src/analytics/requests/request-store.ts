import type { Db } from '../../db/db.ts'

/** An event of a request, with the fields of its metadata that hold no text and name no user. */
export interface RequestEvent {
  id: string
  requestId: string
  userId: number
  type: string
  at: Date
  metadata: Readonly<Record<string, unknown>>
}

/** Events of requests; rejects with an AppError when PostgreSQL does not answer. */
export interface RequestStore {
  /** Of the requests that failed, the newest first at most 200, whose code begins so. */
  failed(code: string): Promise<RequestEvent[]>
  /** Of any request whose code begins so, within the time. */
  within(code: string, from: Date, to: Date): Promise<RequestEvent[]>
  /** The event with this id, within the time. */
  event(eventId: string, from: Date, to: Date): Promise<RequestEvent | null>
}

interface Row {
  id: string
  request_id: string
  user_id: number
  event_type: string
  created_at: Date
  metadata: Record<string, unknown>
}

const COLUMNS = 'e.id, e.request_id, e.user_id, e.event_type, e.created_at, public_metadata(e.metadata) as metadata'

// one index holds the codes that users have seen, those of failures; the other events of their users follow by the key
const FAILED = `
with failures as (
  select user_id, request_id from user_events
  where event_type = 'bot_error' and request_id collate "C" >= $1 and request_id collate "C" < $2
  order by created_at desc limit 200)
select ${COLUMNS} from user_events e join (select distinct * from failures) f using (user_id, request_id)
order by e.created_at, e.id`

const WITHIN = `
select ${COLUMNS} from user_events e
where e.request_id collate "C" >= $1 and e.request_id collate "C" < $2 and e.created_at >= $3 and e.created_at < $4
order by e.created_at, e.id limit 500`

const EVENT = `
select ${COLUMNS} from user_events e where e.id = $1 and e.created_at >= $2 and e.created_at < $3 and e.request_id is not null`

/** After every code that begins so: `{` stands behind all letters and digits. */
const after = (code: string) => `${code}{`

const present = (row: Row): RequestEvent => ({
  id: row.id,
  requestId: row.request_id,
  userId: row.user_id,
  type: row.event_type,
  at: row.created_at,
  metadata: row.metadata,
})

export const createRequestStore = (db: Db): RequestStore => ({
  failed: async code => (await db.query<Row>('request_events', FAILED, [code, after(code)])).map(present),
  within: async (code, from, to) =>
    (await db.query<Row>('request_events', WITHIN, [code, after(code), from, to])).map(present),
  event: async (eventId, from, to) => {
    const [row] = await db.query<Row>('request_events', EVENT, [eventId, from, to])
    return row === undefined ? null : present(row)
  },
})
