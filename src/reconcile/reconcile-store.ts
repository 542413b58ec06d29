import type { Db } from '../db/db.ts'
import type { DayNumber, DayNumbers, DayWindow } from './day-reading.ts'

/** The numbers of a day in PostgreSQL, without synthetic users, who produce no logs and metrics. */
export interface StoredDay {
  window: DayWindow
  numbers: DayNumbers
  /** Carts and errors counted from the events, to check the totals. */
  fromEvents: Pick<DayNumbers, 'carts' | 'errors'>
  /** By the model that was asked. */
  models: readonly StoredModel[]
}

interface StoredModel {
  provider: string
  model: string
  calls: number
  tokens: number
}

/** A stored row of a reconciliation. `cause` is null if the sources agree. */
export interface ReconciledRow {
  /** A number of the day, or `tokens` with the model whose part it is. */
  number: DayNumber | `tokens ${string}`
  postgres: number
  loki: number | null
  prometheus: number | null
  difference: number | null
  cause: string | null
}

type LatestRow = Pick<ReconciledRow, 'number' | 'postgres' | 'loki' | 'prometheus'>

export interface ReconcileStore {
  readDay(date: string): Promise<StoredDay>
  save(date: string, rows: readonly ReconciledRow[], checkedAt: Date): Promise<void>
  /** The rows stored last. */
  latest(): Promise<{ checkedAt: Date; rows: LatestRow[] }>
  /** True if the day was checked at that time of the next day or later. */
  isChecked(date: string, time: string): Promise<boolean>
  /** Runs the work, outside of any transaction, unless another process is running it; returns false then. */
  alone(work: () => Promise<void>): Promise<boolean>
}

const READ_DAY = `
with bounds as (
  select day_start($1, $2) as from_at, day_end($1, $2) as to_at
), synthetic as (
  select coalesce(sum(carts), 0) as carts, coalesce(sum(errors), 0) as errors, coalesce(sum(messages), 0) as messages,
    coalesce(sum(llm_calls), 0) as llm_calls, coalesce(sum(tokens), 0) as tokens, coalesce(sum(cost_rub), 0) as cost_rub
  from user_days join users using (user_id) where synthetic and day = $1
), erased as (
  select coalesce(sum(carts), 0) as carts, coalesce(sum(errors), 0) as errors
  from analytics.day_totals where day = $1 and erased
), events as (
  select count(*) filter (where is_new_cart(e.event_type, e.metadata)) as carts,
    count(*) filter (where e.event_type = 'bot_error') as errors
  from user_events e, bounds b
  where e.event_type in ('cart_created', 'bot_error') and e.created_at >= b.from_at and e.created_at < b.to_at
    and local_day(e.created_at, $2) = $1
    and not exists (select 1 from users u where u.user_id = e.user_id and u.synthetic)
)
select b.from_at, b.to_at,
  coalesce(d.carts, 0) - i.carts as carts, coalesce(d.errors, 0) - i.errors as errors,
  coalesce(d.messages, 0) - i.messages as messages, coalesce(d.llm_calls, 0) - i.llm_calls as llm_calls,
  coalesce(d.tokens, 0) - i.tokens as tokens, coalesce(d.cost_rub, 0) - i.cost_rub as cost_rub,
  e.carts + x.carts as event_carts, e.errors + x.errors as event_errors
from bounds b cross join synthetic i cross join erased x cross join events e
left join analytics.daily d on d.date = $1`

const READ_MODELS =
  'select provider, model, calls, tokens from analytics.model_days where day = $1 order by provider, model'

const SAVE = `
insert into reconciliation (date, number, postgres, loki, prometheus, difference, cause, checked_at)
select $1, r.number, r.postgres, r.loki, r.prometheus, r.difference, r.cause, $3
from jsonb_to_recordset($2) as r
  (number text, postgres numeric, loki numeric, prometheus numeric, difference numeric, cause text)
on conflict (date, number) do update set postgres = excluded.postgres, loki = excluded.loki,
  prometheus = excluded.prometheus, difference = excluded.difference, cause = excluded.cause,
  checked_at = excluded.checked_at`

const LATEST = `
select number, postgres, loki, prometheus, checked_at from reconciliation
where checked_at = (select max(checked_at) from reconciliation)`

const IS_CHECKED = `
select from reconciliation where date = $1 and checked_at >= ($1::date + 1 + $2::time) at time zone $3 limit 1`

/** Expires after 15 minutes: longer than the queries to Loki and Prometheus can take, retries included. */
const TAKE_TURN = `
insert into reconciliation_turn as t (ends_at) values (now() + interval '15 minutes')
on conflict (only_row) do update set holder = excluded.holder, ends_at = excluded.ends_at where t.ends_at <= now()
returning holder`

const END_TURN = 'delete from reconciliation_turn where holder = $1'

/** Reads the numbers of a day and stores reconciliations. */
export const createReconcileStore = (db: Db, timeZone: string): ReconcileStore => ({
  readDay: async date => {
    const [row] = await db.query<
      DayNumbers & { from_at: Date; to_at: Date; event_carts: number; event_errors: number }
    >('read_reconciliation', READ_DAY, [date, timeZone])
    if (row === undefined) throw new TypeError('the day is one row')
    const { from_at, to_at, event_carts, event_errors, ...numbers } = row
    type ModelRow = StoredModel & Record<string, unknown>
    const models = await db.query<ModelRow>('read_reconciliation', READ_MODELS, [date])
    const fromEvents = { carts: event_carts, errors: event_errors }
    return { window: { from: from_at, to: to_at }, numbers, fromEvents, models }
  },
  save: async (date, rows, checkedAt) => {
    await db.query('save_reconciliation', SAVE, [date, JSON.stringify(rows), checkedAt])
  },
  latest: async () => {
    type Row = LatestRow & { checked_at: Date }
    const rows = await db.query<Row>('read_reconciliation', LATEST)
    return {
      checkedAt: rows[0]?.checked_at ?? new Date(0),
      rows,
    }
  },
  isChecked: async (date, time) =>
    (await db.query('read_reconciliation', IS_CHECKED, [date, time, timeZone])).length > 0,
  alone: async work => {
    const [turn] = await db.query<{ holder: string }>('lock_reconciliation', TAKE_TURN)
    if (turn === undefined) return false
    try {
      await work()
    } finally {
      await db.query('lock_reconciliation', END_TURN, [turn.holder])
    }
    return true
  },
})
