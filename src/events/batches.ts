import { v5 } from 'uuid'
import { mayConcernOneStatement, sqlState } from '../db/database-error.ts'
import { AppError } from '../errors.ts'
import type { Batch } from './event-store.ts'
import type { Fact } from './facts.ts'

/** Facts of a batch at most. */
export const batchLimit = 500

/**
 * True if PostgreSQL reported that the values of the batch can never be stored. False for an erasure, which has only a user
 * id: it was promised to the user, so it waits whatever the error.
 */
export const isRejection = (err: unknown, { facts }: Batch): boolean =>
  err instanceof AppError && !err.retryable && facts.every(({ kind }) => kind !== 'erase')

/** True if what failed a batch may lie in its facts, also a bug of ours that only one of them meets. */
export const mayConcernOneFact = (err: unknown): boolean => !(err instanceof AppError) || mayConcernOneStatement(err)

/** A batch as two, with ids of their own that are always the same. */
export function halvesOf(batch: Batch): Batch[] {
  const middle = Math.ceil(batch.facts.length / 2)
  return twoOf(batch, (_, i) => i < middle)
}

/** A batch as two: what is of other users, and what is of those held. */
export const withoutHeld = (batch: Batch, held: ReadonlySet<number>): Batch[] =>
  twoOf(batch, ({ userId }) => !held.has(userId))

const twoOf = ({ id, facts }: Batch, isFirst: (fact: Fact, i: number) => boolean): Batch[] => [
  { id: v5('first half', id), facts: facts.filter(isFirst) },
  { id: v5('second half', id), facts: facts.filter((fact, i) => !isFirst(fact, i)) },
]

/** A batch for each user. */
export function batchPerUser(facts: readonly Fact[], newId: () => string): Batch[] {
  const users = [...new Set(facts.map(({ userId }) => userId))]
  return users.map(userId => ({ id: newId(), facts: facts.filter(fact => fact.userId === userId) }))
}

/**
 * The next facts to go together, beside those in flight: of other users, so that the facts of a user keep their order. An erasure
 * goes alone: what came before it must be in the tables, what comes after not.
 */
export function takeBatch<P extends { fact: Fact }>(queue: readonly P[], inFlight: readonly P[] = []): P[] {
  const erasure = queue.findIndex(isErasure)
  if (inFlight.some(isErasure) || (erasure === 0 && inFlight.length > 0)) return []
  if (erasure === 0) return queue.slice(0, 1)
  const users = new Set(inFlight.map(({ fact }) => fact.userId))
  const before = erasure === -1 ? queue : queue.slice(0, erasure)
  return before.filter(({ fact }) => !users.has(fact.userId)).slice(0, batchLimit)
}

const isErasure = ({ fact }: { fact: Fact }): boolean => fact.kind === 'erase'

/** Two batches that wait for each other's rows: PostgreSQL ends one immediately, and it passes when repeated. */
export const isDeadlock = (err: unknown): boolean => {
  const code = sqlState(err)
  return code === '40P01' || code === '40001'
}
