import pg from 'pg'
import { databaseError } from '../db/database-error.ts'
import { AppError } from '../errors.ts'
import { maskPersonalData } from '../telemetry/masking.ts'
import { toSourcePositions } from '../telemetry/source-positions.ts'

/**
 * What a terminal shows of anything thrown: our own messages whole; of PostgreSQL its code only, because its texts quote
 * values; of the system its message; of a bug the stack. Addresses with passwords and personal data are masked.
 */
export function describeFailure(err: unknown): string {
  return maskPersonalData(textOf(err))
}

function textOf(err: unknown): string {
  if (err instanceof AppError) return err.message
  if (err instanceof pg.DatabaseError) return databaseError(err, 0).message
  if (err instanceof AggregateError && err.errors.length > 0) return err.errors.map(textOf).join('\n')
  if (!(err instanceof Error)) return String(err)
  if ('syscall' in err) return err.message
  return toSourcePositions(err.stack ?? err.message)
}
