/** More failures than it takes to find one fact in a full batch by halves: then the cause is probably not in the facts. */
const suspicionLimit = 12

/**
 * Whose facts wait apart because PostgreSQL fails on them while those of others pass: a lane per user, so that the order
 * within a user is preserved. Nothing is persisted: the next process fails on the same facts and holds the same users.
 */
export function createLanes() {
  const held = new Set<number>()
  /** The user whose lane is tried again. */
  let released: number | null = null
  /** Failures of facts that were not tried before, since anything passed. */
  let failures = 0

  return {
    held: held as ReadonlySet<number>,
    hold: (userId: number) => void held.add(userId),
    /** Opens the lane that waits longest for another attempt; false when there is none. */
    release: (): boolean => {
      const [longest] = held
      released = longest ?? null
      return longest !== undefined && held.delete(longest)
    },
    failed: (users: readonly number[]) => {
      if (users.some(userId => userId !== released)) failures += 1
    },
    passed: () => {
      failures = 0
    },
    /** True if so much failed and nothing passed that all facts seem to meet the same cause. */
    isGeneral: () => failures >= suspicionLimit,
  }
}

export type Lanes = ReturnType<typeof createLanes>
