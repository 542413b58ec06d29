import { createLatestEntries } from '../../process/latest-entries.ts'

const dayMs = 24 * 60 * 60_000

/** Says whether what a user should read once a day is due, and takes it for shown. In memory: a restart shows it again. */
export function createDailyNote({ now }: { now: () => Date }): { isDue(userId: number): boolean } {
  const shownUntil = createLatestEntries<number, number>(10_000)
  return {
    isDue: userId => {
      const time = now().getTime()
      if ((shownUntil.get(userId) ?? 0) > time) return false
      shownUntil.set(userId, time + dayMs)
      return true
    },
  }
}
