import { LRUCache } from 'lru-cache'
import type { CacheResult } from './metrics.ts'

export interface CachedCallsOptions<T> {
  max: number
  /** All values together, as characters of JSON: entries alone would not bound the memory. */
  maxCharacters: number
  /** How long a value is served again. */
  ttlMs: (value: T) => number
  now: () => Date
  onRequest: (result: CacheResult) => void
}

/** The cached value of `key`, or what `load` gives; equal loads in flight are made once and failures are not kept. */
export type CachedCall<T> = (key: string, load: () => Promise<T>) => Promise<T>

/** A least-recently-used cache that joins equal calls in flight. Values are shared between callers. */
export function createCachedCalls<T extends object>(options: CachedCallsOptions<T>): CachedCall<T> {
  const perf = { now: () => options.now().getTime() }
  // A resolution of 0 makes it ask our clock each time instead of remembering the time with a timer.
  const values = new LRUCache<string, T>({
    max: options.max,
    maxSize: options.maxCharacters,
    sizeCalculation: value => JSON.stringify(value).length,
    ttlResolution: 0,
    perf,
  })
  const inFlight = new Map<string, Promise<T>>()

  return (key, load) => {
    const cached = values.get(key)
    if (cached !== undefined) {
      options.onRequest('hit')
      return Promise.resolve(cached)
    }
    const joined = inFlight.get(key)
    if (joined !== undefined) {
      options.onRequest('coalesced')
      return joined
    }
    options.onRequest('miss')
    const loading = load()
      .then(value => {
        values.set(key, value, { ttl: options.ttlMs(value) })
        return value
      })
      .finally(() => inFlight.delete(key))
    inFlight.set(key, loading)
    return loading
  }
}
