import pg from 'pg'
import { type AppError, TimeoutError, UpstreamError } from '../errors.ts'

/** SQLSTATE classes and codes after which the same statement can succeed later: PostgreSQL 18 manual, appendix A. */
const retryableClasses = ['08', '53', '57', '58']
const retryableCodes = ['40001', '40P01', '55P03', '25006']

/**
 * Anything `pg` throws as an error of ours. Texts of the server are dropped: they may quote the values of a row. The
 * SQLSTATE stays in `sqlState`.
 */
export const databaseError = (err: unknown, timeoutMs: number): AppError => {
  if (err instanceof pg.DatabaseError && err.code !== undefined) {
    if (err.code === '57014') return new TimeoutError('postgres', timeoutMs, err)
    const retryable = retryableCodes.includes(err.code) || retryableClasses.includes(err.code.slice(0, 2))
    return new UpstreamError('postgres', null, `SQLSTATE ${err.code}`, retryable, err)
  }
  if (err instanceof Error && /timeout/i.test(err.message)) return new TimeoutError('postgres', timeoutMs, err)
  return new UpstreamError('postgres', null, 'no connection', true, err)
}

/** The SQLSTATE behind an error of `databaseError`, or undefined. */
export const sqlState = (err: unknown): string | undefined =>
  err instanceof Error && err.cause instanceof pg.DatabaseError ? err.cause.code : undefined
