import pg from 'pg'
import type { AppError } from '../../errors.ts'
import { databaseError } from '../database-error.ts'

/** What a query rejects with when PostgreSQL answers it with this SQLSTATE. */
export const postgresFailure = (code: string, fields: Partial<pg.DatabaseError> = {}): AppError =>
  databaseError(Object.assign(new pg.DatabaseError('text of the server', 1, 'error'), { code, ...fields }), 5_000)
