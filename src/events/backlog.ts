import { createTurns } from '../process/in-turn.ts'
import type { Batch } from './event-store.ts'
import type { Spool } from './spool.ts'

/** Replaces a batch by its parts, or drops it when there are none. */
export type Replace = (parts: readonly Batch[]) => Promise<void>

export interface BacklogDeps {
  spool: Spool
  /** Facts held in memory at most, those of `alsoInMemory` included. */
  memoryLimit: number
  alsoInMemory: () => number
  onDiskFailure: (err: unknown) => void
  onOverflow: (facts: number) => void
}

/** What waits for PostgreSQL, in the order it came: on disk, and in memory while the disk fails too. */
export function createBacklog({ spool, memoryLimit, alsoInMemory, onDiskFailure, onOverflow }: BacklogDeps) {
  /** Batches held in memory because both PostgreSQL and the spool failed. Their callers have been answered. */
  const unspooled: Batch[] = []
  const inMemory = () => unspooled.reduce((sum, batch) => sum + batch.facts.length, 0)
  const openInMemory = (held: ReadonlySet<number>) =>
    unspooled.find(({ facts }) => facts.some(({ userId }) => !held.has(userId)))
  // a batch that is written to disk is not applied from memory during this, nor the other way round
  const inTurn = createTurns()

  return {
    /** Resolves once the batches are on disk, or in memory because the disk refused. */
    add: (batches: readonly Batch[]): Promise<void> => {
      unspooled.push(...batches)
      return inTurn(async () => {
        try {
          for (let next = unspooled[0]; next !== undefined; next = unspooled[0]) {
            await spool.add(next)
            unspooled.shift()
          }
        } catch (err) {
          // memory is all there is now, and the user is answered all the same
          onDiskFailure(err)
          while (inMemory() + alsoInMemory() > memoryLimit && unspooled.length > 1) {
            onOverflow(unspooled.shift()?.facts.length ?? 0)
          }
        }
      })
    },
    /** Runs `work` on the oldest batch with a fact of a user who is not held; null when there is none right now. */
    take: async <T>(
      held: ReadonlySet<number>,
      work: (batch: Batch, replace: Replace) => Promise<T>,
    ): Promise<T | null> => {
      const onDisk = await spool.next(held)
      if (onDisk !== null) return work(onDisk, parts => spool.replace(onDisk, parts))
      return inTurn(async () => {
        const next = openInMemory(held)
        if (next === undefined || spool.hasNext(held)) return null
        return work(next, async parts => void unspooled.splice(unspooled.indexOf(next), 1, ...parts))
      })
    },
    /** True if `take` may find a batch. */
    hasOpen: (held: ReadonlySet<number>): boolean => spool.hasNext(held) || openInMemory(held) !== undefined,
    /** Users with facts waiting, as far as the files were read. */
    users: (): Set<number> => {
      const users = spool.users()
      for (const { facts } of unspooled) for (const { userId } of facts) users.add(userId)
      return users
    },
    isInMemory: (batch: Batch): boolean => unspooled.includes(batch),
    inMemory,
    size: (): number => spool.size() + inMemory(),
  }
}

export type Backlog = ReturnType<typeof createBacklog>
