import { createLatestEntries } from '../../process/latest-entries.ts'

/** The answers in flight that their users can stop. */
export interface Stops {
  /** The signal of an answer that begins, aborted if a later update has asked to stop it; `end` when it is given. */
  begin(userId: number, requestNumber: number): { signal: AbortSignal; end(): void }
  /** Stops the answer to a user, of a certain request or whichever it is; false when there is none. */
  stop(userId: number, requestNumber?: number): boolean
  /** Stops the answer to an earlier update that has not begun yet, should it come; `onStop` is then called. */
  stopEarlier(userId: number, requestNumber: number, onStop: () => void): void
}

const rememberedUsers = 1_000

/** Stops within this process: one answer of a user is in flight at a time. Updates have rising numbers. */
export function createStops(): Stops {
  const inFlight = new Map<number, { requestNumber: number; controller: AbortController }>()
  const early = createLatestEntries<number, { requestNumber: number; onStop: () => void }>(rememberedUsers)
  return {
    begin: (userId, requestNumber) => {
      const mine = { requestNumber, controller: new AbortController() }
      inFlight.set(userId, mine)
      const asked = early.get(userId)
      if (asked !== undefined && asked.requestNumber > requestNumber) {
        mine.controller.abort()
        asked.onStop()
      }
      const end = () => {
        if (inFlight.get(userId) === mine) inFlight.delete(userId)
      }
      return { signal: mine.controller.signal, end }
    },
    stop: (userId, requestNumber) => {
      const current = inFlight.get(userId)
      if (current === undefined || current.requestNumber !== (requestNumber ?? current.requestNumber)) return false
      current.controller.abort()
      return true
    },
    stopEarlier: (userId, requestNumber, onStop) => void early.set(userId, { requestNumber, onStop }),
  }
}
