import { AsyncLocalStorage } from 'node:async_hooks'
import pg from 'pg'
import { AppError, TimeoutError, UpstreamError } from '../errors.ts'
import { sleep } from '../process/sleep.ts'
import { mayConcernOneStatement, sqlState } from './database-error.ts'
import type { Db } from './db.ts'
import type { StandbyMetrics } from './metrics.ts'
import type { QueryName } from './query-names.ts'

/** An answer, and the time it is true for: null when it came from the primary, so now. */
export interface Timed<T> {
  answer: T
  asOf: Date | null
}

/** Reads that a standby answers while it is there and recent, and the primary otherwise; without a primary the standby alone. */
export interface StandbyReads extends Db {
  /** Runs reads; `asOf` is that of the oldest answer among them. */
  timed<T>(work: () => Promise<T>): Promise<Timed<T>>
  /** Does on the primary what makes the reads that follow newer. Left out while the primary is down. */
  prepare(work: () => Promise<unknown>): Promise<void>
  /** Measures how far the standby is behind; infinite when that is not known. Changes nothing while the primary is down. Never rejects. */
  measureLag(): Promise<void>
}

export interface StandbyDeps {
  primary: Db
  standby: Db
  /** How far behind the primary a standby may be to be read, unless the primary is down. */
  maxLagMs: number
  /** How long a standby that is not current yet is waited for: what was just written is usually there by then. */
  catchUpMs?: number | undefined
  /** SQL for the time that the numbers of a standby are true for, whatever the primary has. */
  trueAt: string
  /** Called once until the standby answers again, with the reason why the primary answers. */
  onFallback: (reason: string) => void
  metrics: StandbyMetrics
  now: () => Date
}

/** Where the primary's log is now. Null on a server that is no primary itself. */
const POSITION =
  'select case when not pg_is_in_recovery() then pg_current_wal_flush_lsn()::text end as lsn, clock_timestamp() as at'
/**
 * How far the standby is. Its clock is not asked: times are the primary's. Before it has replayed a commit it has what was
 * committed before the checkpoint that it began from.
 */
const STATE = `
select pg_is_in_recovery() as "isStandby", pg_last_wal_replay_lsn() >= $1::pg_lsn as "isCurrent",
  coalesce(pg_last_xact_replay_timestamp(), (select checkpoint_time from pg_control_checkpoint())) as "replayedAt"`

const lookAgainMs = 20
/** How long one that failed is left alone. */
const leftAloneMs = 15_000
const attempts = 3

/**
 * Sends each read to the standby, as new as what the primary had stored when it was asked, or not older than `maxLagMs`.
 * A read that the standby cancels in favour of what it replays is tried again there; any other failure that the primary may
 * not share sends it to the primary, with one warning until the standby answers again. While the primary is down the standby answers as
 * it is, with the time its numbers are true for.
 */
export function createStandbyReads({
  primary,
  standby,
  maxLagMs,
  catchUpMs = 300,
  trueAt,
  onFallback,
  metrics,
  now,
}: StandbyDeps): StandbyReads {
  const scope = new AsyncLocalStorage<{ asOf: Date | null; isAlone: boolean }>()
  let isFallback = false
  const report = (err: unknown) => {
    if (!isFallback) onFallback(err instanceof Error ? err.message : 'unknown')
    isFallback = true
  }
  let skippedUntil = 0
  let primaryFailure: { err: unknown; until: number } | null = null

  const isAlone = () => scope.getStore()?.isAlone === true || now().getTime() < (primaryFailure?.until ?? 0)
  /** From now on the standby answers alone, the whole timed work. Throws what is no failure of the server. */
  const leavePrimary = (err: unknown) => {
    if (!(err instanceof AppError) || !err.retryable || mayConcernOneStatement(err)) throw err
    primaryFailure = { err, until: now().getTime() + leftAloneMs }
  }
  const noteAlone = () => {
    const store = scope.getStore()
    if (store !== undefined) store.isAlone = true
  }
  /** Null while the primary is down. */
  const positionOfPrimary = async (): Promise<Position | null> => {
    if (!isAlone()) {
      try {
        const [position = { lsn: null, at: now() }] = await primary.query<Position>('ping', POSITION)
        return position
      } catch (err) {
        leavePrimary(err)
      }
    }
    noteAlone()
    return null
  }

  /** The time that an answer of the standby will be true for at least. Throws NotRead when it must not be read. */
  const timeOfStandby = async (position: Position | null): Promise<Date> => {
    if (position === null) {
      const [state] = await standby.query<Alone>(
        'ping',
        `select pg_is_in_recovery() as "isStandby", ${trueAt} as "trueAt"`,
      )
      if (state?.isStandby !== true) throw new NotRead('DATABASE_READ_URL is no standby')
      if (state.trueAt === null) throw new NotRead('the standby does not know how old it is')
      return state.trueAt
    }
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
        throw new TooOld(`the standby is more than ${maxLagMs / 1000} s behind`)
      return state.replayedAt
    }
  }

  const readStandby = async <Row extends pg.QueryResultRow>(
    position: Position | null,
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
        const position = await positionOfPrimary()
        try {
          const rows = await readStandby<Row>(position, name, sql, values)
          isFallback = false
          return rows
        } catch (err) {
          if (isSharedByPrimary(err)) throw err
          // what keeps the primary from answering is what an operator has to know
          if (position === null) throw primaryFailure?.err ?? err
          // one that is behind may be asked again; what does not answer costs every read its time limit
          if (!(err instanceof NotRead) && !isRecoveryConflict(err)) skippedUntil = now().getTime() + leftAloneMs
          report(err)
        }
      }
      metrics.fallbacks.inc()
      return primary.query<Row>(name, sql, values)
    },
    timed: async work => {
      const store = { asOf: null, isAlone: false }
      const answer = await scope.run(store, work)
      return { answer, asOf: store.asOf }
    },
    prepare: async work => {
      if (isAlone()) return noteAlone()
      try {
        await work()
      } catch (err) {
        leavePrimary(err)
        noteAlone()
      }
    },
    measureLag: async () => {
      try {
        const position = await positionOfPrimary()
        if (position !== null) await timeOfStandby(position)
      } catch (err) {
        if (!(err instanceof TooOld)) metrics.lag.set(Number.POSITIVE_INFINITY)
      }
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

interface Alone {
  isStandby: boolean
  trueAt: Date | null
}

/** The standby is there, but its answer would not be the one asked for. */
class NotRead extends UpstreamError {
  constructor(detail: string) {
    super('postgres', null, detail, true)
  }
}

/** It has measured how far it is behind. */
class TooOld extends NotRead {}

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
