import { v5 } from 'uuid'
import { sqlState } from '../db/database-error.ts'
import { AppError } from '../errors.ts'
import type { Batch } from './event-store.ts'
import type { Fact } from './facts.ts'

const batchLimit = 500

/**
 * True if PostgreSQL said that the values of the batch can never be stored. An erasure holds nothing but a user's number:
 * whatever is said of it, it was promised to the user and waits.
 */
export const isRejection = (err: unknown, { facts }: Batch): boolean =>
  err instanceof AppError && !err.retryable && facts.every(({ kind }) => kind !== 'erase')

/** A batch as two, with ids of their own that are always the same. */
export function halvesOf({ id, facts }: Batch): Batch[] {
  const middle = Math.ceil(facts.length / 2)
  return [
    { id: v5('first half', id), facts: facts.slice(0, middle) },
    { id: v5('second half', id), facts: facts.slice(middle) },
  ]
}

/** The next facts to go together. An erasure goes alone: what came before it must be in the tables, what comes after not. */
export function takeBatch<P extends { fact: Fact }>(queue: readonly P[]): P[] {
  const erasure = queue.findIndex(p => p.fact.kind === 'erase')
  if (erasure === 0) return queue.slice(0, 1)
  return queue.slice(0, erasure === -1 ? batchLimit : Math.min(erasure, batchLimit))
}

/** Two batches that wait for each other's rows: PostgreSQL ends one immediately, and it passes when repeated. */
export const isDeadlock = (err: unknown): boolean => {
  const code = sqlState(err)
  return code === '40P01' || code === '40001'
}
