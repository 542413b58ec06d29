import { LRUCache } from 'lru-cache'
import type { CacheResult } from './metrics.ts'

export interface CachedCallsOptions<T> {
  max: number
  /** Bound on the total size in characters of JSON: a number of entries alone would not bound the memory. */
  maxCharacters: number
  /** Time to live of a value. */
  ttlMs: (value: T) => number
  now: () => Date
  onRequest: (result: CacheResult) => void
}

/** Resolves to the cached value of `key`, or to that of `load`. Equal calls in flight share one load; failures are not cached. */
export type CachedCall<T> = (key: string, load: () => Promise<T>) => Promise<T>

/** A least-recently-used cache that joins equal calls in flight. Values are shared between callers. */
export function createCachedCalls<T extends object>(options: CachedCallsOptions<T>): CachedCall<T> {
  const perf = { now: () => options.now().getTime() }
  // a resolution of 0 makes it read the injected clock each time instead of caching the time with a timer
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
