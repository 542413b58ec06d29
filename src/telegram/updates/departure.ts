import { setMaxListeners } from 'node:events'
import { AppError } from '../../errors.ts'

/** How a process that ends leaves updates to another one. */
export interface Departure {
  /** Aborted when the process begins to end: what was not begun, and what only waits for the model, is left. */
  ending: AbortSignal
  /** Aborted when it waits no longer for what was begun. */
  abandoned: AbortSignal
}

/** The steps of an end, in their order. */
export interface DepartureSteps extends Departure {
  end(): void
  abandon(): void
}

export function createDeparture(): DepartureSteps {
  const [ending, abandoned] = [new AbortController(), new AbortController()]
  // each message in flight listens to them; the usual warning is about leaks
  for (const { signal } of [ending, abandoned]) setMaxListeners(0, signal)
  return {
    ending: ending.signal,
    abandoned: abandoned.signal,
    end: () => ending.abort(),
    abandon: () => abandoned.abort(),
  }
}

/** Another process answers the update: why this one gave it up, and no failure. */
export class LeftToOthers extends AppError {
  readonly name = 'LeftToOthers'
  readonly retryable = true
  constructor() {
    super('this process ends; another one answers')
  }
}

/** One request, from the view of the process that may end before it is answered. */
export interface RequestLeave {
  /** Aborted with LeftToOthers when this process does not answer it. */
  signal: AbortSignal
  /** Says whether the request only waits now, with nothing done that would have to be done again. */
  onlyWaits(isSo: boolean): void
  /** The request is over. */
  end(): void
}

/** Leaves a request that only waits as soon as the process begins to end, any other when it is abandoned. */
export function watchDeparture({ ending, abandoned }: Departure): RequestLeave {
  const left = new AbortController()
  let isWaiting = false
  const leave = () => left.abort(new LeftToOthers())
  const leaveIfWaiting = () => {
    if (isWaiting && ending.aborted) leave()
  }
  ending.addEventListener('abort', leaveIfWaiting)
  abandoned.addEventListener('abort', leave)
  if (abandoned.aborted) leave()
  return {
    signal: left.signal,
    onlyWaits: isSo => {
      isWaiting = isSo
      leaveIfWaiting()
    },
    end: () => {
      ending.removeEventListener('abort', leaveIfWaiting)
      abandoned.removeEventListener('abort', leave)
    },
  }
}
