import { AppError } from '../errors.ts'
import { within } from '../process/within.ts'

/** The user asked to stop: why an answer ended early, and no failure. */
export class StopRequest extends AppError {
  readonly name = 'StopRequest'
  readonly retryable = false
  constructor() {
    super('the user asked to stop')
  }
}

/** The outcome of `work`, or the StopRequest as soon as the signal has it as its reason; any other reason does not end it. */
export const untilStopped = <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  const stopped = new AbortController()
  const note = () => {
    if (signal.reason instanceof StopRequest) stopped.abort(signal.reason)
  }
  note()
  signal.addEventListener('abort', note, { once: true })
  return within(stopped.signal, work).finally(() => signal.removeEventListener('abort', note))
}
