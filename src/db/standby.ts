import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'
import { TimeoutError, UpstreamError } from '../errors.ts'
import { sleep } from '../process/sleep.ts'
import { sqlState } from './database-error.ts'
import type { Db } from './db.ts'
import type { StandbyMetrics } from './metrics.ts'
import type { QueryName } from './query-names.ts'

/** An answer, and the time it is true for: null when it came from the primary, so now. */
export interface Timed<T> {
  answer: T
  asOf: Date | null
}

/** Reads that a standby answers while it is there and recent, and the primary otherwise. */
export interface StandbyReads extends Db {
  /** Runs reads; `asOf` is that of the oldest answer among them. */
  timed<T>(work: () => Promise<T>): Promise<Timed<T>>
}

export interface StandbyDeps {
  primary: Db
  standby: Db
  /** How far behind the primary a standby may be to be read. */
  maxLagMs: number
  /** Called once until the standby answers again, with the reason why the primary answers. */
  onFallback: (reason: string) => void
  metrics: StandbyMetrics
  now: () => Date
}

/** Where the primary's log is now. Null on a server that is no primary itself. */
const POSITION =
  'select case when not pg_is_in_recovery() then pg_current_wal_flush_lsn()::text end as lsn, clock_timestamp() as at'
/** How far the standby is. Its clock is not asked: times are the primary's. */
const STATE = `
select pg_is_in_recovery() as "isStandby", pg_last_wal_replay_lsn() >= $1::pg_lsn as "isCurrent",
  pg_last_xact_replay_timestamp() as "replayedAt"`

/** How long a standby that is not current yet is waited for: what was just written is usually there by then. */
const catchUpMs = 300
const lookAgainMs = 20
/** How long one that failed is left alone. */
const leftAloneMs = 15_000
const attempts = 3

/**
 * Sends each read to the standby, as new as what the primary had stored when it was asked, or not older than `maxLagMs`.
 * A read that the standby cancels in favour of what it replays is tried again there; any other failure that the primary may
 * not share sends it to the primary, with one warning until the standby answers again.
 */
export function createStandbyReads({
  primary,
  standby,
  maxLagMs,
  onFallback,
  metrics,
  now,
}: StandbyDeps): StandbyReads {
  const scope = new AsyncLocalStorage<{ asOf: Date | null }>()
  let isFallback = false
  const report = (err: unknown) => {
    if (!isFallback) onFallback(err instanceof Error ? err.message : 'unknown')
    isFallback = true
  }
  let skippedUntil = 0

  /** The time that an answer of the standby will be true for at least. Throws NotRead when it must not be read. */
  const timeOfStandby = async (position: Position): Promise<Date> => {
    if (position.lsn === null) throw new NotRead('DATABASE_URL is no primary')
    const waitUntil = performance.now() + catchUpMs
    for (;;) {
      const [state] = await standby.query<State>('ping', STATE, [position.lsn])
      if (state?.isStandby !== true) throw new NotRead('DATABASE_READ_URL is no standby')
      if (state.isCurrent === true) {
        metrics.lag.set(0)
        return position.at
      }
      if (performance.now() < waitUntil) {
        await sleep(lookAgainMs)
        continue
      }
      const lagMs =
        state.replayedAt === null ? Number.POSITIVE_INFINITY : position.at.getTime() - state.replayedAt.getTime()
      metrics.lag.set(Math.max(0, lagMs) / 1000)
      if (state.replayedAt === null || lagMs > maxLagMs)
        throw new NotRead(`the standby is more than ${maxLagMs / 1000} s behind`)
      return state.replayedAt
    }
  }

  const readStandby = async <Row extends pg.QueryResultRow>(
    position: Position,
    name: QueryName,
    sql: string,
    values?: readonly unknown[],
  ): Promise<Row[]> => {
    for (let attempt = 1; ; attempt++) {
      try {
        const asOf = await timeOfStandby(position)
        const rows = await standby.query<Row>(name, sql, values)
        const store = scope.getStore()
        if (store !== undefined && (store.asOf === null || asOf < store.asOf)) store.asOf = asOf
        return rows
      } catch (err) {
        if (!isRecoveryConflict(err) || attempt === attempts) throw err
        metrics.conflicts.inc()
      }
    }
  }

  return {
    query: async <Row extends pg.QueryResultRow>(name: QueryName, sql: string, values?: readonly unknown[]) => {
      if (now().getTime() >= skippedUntil) {
        const [position = { lsn: null, at: now() }] = await primary.query<Position>('ping', POSITION)
        try {
          const rows = await readStandby<Row>(position, name, sql, values)
          isFallback = false
          return rows
        } catch (err) {
          if (isSharedByPrimary(err)) throw err
          // one that is behind may be asked again; what does not answer costs every read its time limit
          if (!(err instanceof NotRead) && !isRecoveryConflict(err)) skippedUntil = now().getTime() + leftAloneMs
          report(err)
        }
      }
      metrics.fallbacks.inc()
      return primary.query<Row>(name, sql, values)
    },
    timed: async work => {
      const store = { asOf: null }
      const answer = await scope.run(store, work)
      return { answer, asOf: store.asOf }
    },
    close: () => standby.close(),
  }
}

interface Position {
  lsn: string | null
  at: Date
}

interface State {
  isStandby: boolean
  isCurrent: boolean | null
  replayedAt: Date | null
}

/** The standby is there, but its answer would not be the one asked for. */
class NotRead extends UpstreamError {
  constructor(detail: string) {
    super('postgres', null, detail, true)
  }
}

/**
 * True for a read that the standby cancelled, or whose connection it closed, because it replays the removal of rows or tables
 * that the read still needs. PostgreSQL 18, 26.4.2; the code differs with the kind of conflict.
 */
const isRecoveryConflict = (err: unknown): boolean =>
  sqlState(err) === '40001' || (messageBehind(err)?.includes('conflict with recovery') ?? false)

const messageBehind = (err: unknown): string | undefined =>
  err instanceof Error && err.cause instanceof pg.DatabaseError ? err.cause.message : undefined

/** True where the primary would answer the same: about the values sent, or a statement that took too long. */
const isSharedByPrimary = (err: unknown): boolean =>
  (err instanceof TimeoutError && sqlState(err) === '57014' && !isRecoveryConflict(err)) ||
  (err instanceof UpstreamError && !err.retryable)
