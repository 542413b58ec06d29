/** The answers in flight that their users can stop. */
export interface Stops {
  /** The signal of an answer that begins; `end` when it is given. */
  begin(userId: number, requestNumber: number): { signal: AbortSignal; end(): void }
  /** Stops the answer to a user, of a certain request or whichever it is; false when there is none. */
  stop(userId: number, requestNumber?: number): boolean
}

/** Stops within this process: one answer of a user is in flight at a time. */
export function createStops(): Stops {
  const inFlight = new Map<number, { requestNumber: number; controller: AbortController }>()
  return {
    begin: (userId, requestNumber) => {
      const mine = { requestNumber, controller: new AbortController() }
      inFlight.set(userId, mine)
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
  }
}
