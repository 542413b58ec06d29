import { StartupError } from '../errors.ts'

/** Makes a function that waits for some work, or rejects with StartupError as soon as `stopping` is aborted. */
export function createStopRace(stopping: AbortSignal): <T>(work: Promise<T>) => Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new StartupError('asked to stop before it was done'))
    if (stopping.aborted) giveUp()
    else stopping.addEventListener('abort', giveUp, { once: true })
  })
  stopped.catch(() => undefined) // there may be no waiter when it rejects
  return work => Promise.race([stopped, work])
}
