/** How far back `bot_users_active` looks. */
export const activityWindows = [
  { window: '5m', ms: 300_000 },
  { window: '1h', ms: 3_600_000 },
] as const
const longestMs = Math.max(...activityWindows.map(({ ms }) => ms))
/** Beyond so many the longest silent are dropped, and the hour's number is a lower bound. */
const remembered = 50_000

/** Who was heard from when, as far back as the longest window. */
export function createActiveUsers(now: () => Date) {
  /** Oldest first: a user heard from again moves to the end. */
  const lastHeard = new Map<number, number>()

  const forgetOld = () => {
    const earliest = now().getTime() - longestMs
    for (const [userId, at] of lastHeard) {
      if (at > earliest && lastHeard.size <= remembered) return
      lastHeard.delete(userId)
    }
  }
  return {
    seen(userId: number): void {
      lastHeard.delete(userId)
      lastHeard.set(userId, now().getTime())
      if (lastHeard.size > remembered) forgetOld()
    },
    /** Different users heard from in the last `ms`. */
    within(ms: number): number {
      forgetOld()
      const earliest = now().getTime() - ms
      return [...lastHeard.values()].filter(at => at > earliest).length
    },
  }
}
