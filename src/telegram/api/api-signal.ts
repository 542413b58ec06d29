import type { Transformer } from 'grammy'

/** The signal type of grammY's calls: a polyfill's class, which Node's own signal fits but for its type. */
export type ApiSignal = NonNullable<Parameters<Transformer>[3]>

const isApiSignal = (signal: object): signal is ApiSignal => 'aborted' in signal && 'addEventListener' in signal

/** Node's signal for a call of the Bot API. */
export function toApiSignal(signal: AbortSignal): ApiSignal {
  if (!isApiSignal(signal)) throw new TypeError('this signal cannot stop a call of the Bot API')
  return signal
}

/** A signal of grammY or its runner as Node's own, which sleeps and other calls understand; one of Node's is itself: nothing is left behind on it. */
export function fromApiSignal(signal: ApiSignal): AbortSignal {
  if (signal instanceof AbortSignal) return signal
  const controller = new AbortController()
  if (signal.aborted) controller.abort()
  else signal.addEventListener('abort', () => controller.abort(), { once: true })
  return controller.signal
}
