import { LRUCache } from 'lru-cache'

/** What grammY's rate limiter counts with: a counter per key that vanishes after its window. */
export interface ThrottleStore {
  incr(key: string): Promise<number>
  pexpire(key: string, ms: number): Promise<number>
}

/** Counters of this process; the least recently seen people are forgotten first. */
export function createMemoryThrottleStore({ now }: { now: () => Date }): ThrottleStore {
  const counters = new LRUCache<string, { hits: number; expiresAt: number }>({ max: 50_000 })
  return {
    incr: async key => {
      const counter = counters.get(key)
      const current =
        counter !== undefined && counter.expiresAt > now().getTime() ? counter : { hits: 0, expiresAt: Infinity }
      current.hits += 1
      counters.set(key, current)
      return current.hits
    },
    pexpire: async (key, ms) => {
      const counter = counters.get(key)
      if (counter === undefined) return 0
      counter.expiresAt = now().getTime() + ms
      return 1
    },
  }
}

/** The two commands needed of the client of the package `redis`. */
export interface RedisCounters {
  incr(key: string): Promise<number>
  pExpire(key: string, ms: number, mode: 'NX'): Promise<number>
}

/**
 * Counters shared by all replicas. A counter whose expiry was not set (the connection broke in between) gets it with the
 * next hit. Without Redis `fallback` counts: nobody waits because a cache is away.
 */
export function createRedisThrottleStore(
  redis: RedisCounters,
  windowMs: number,
  fallback: ThrottleStore,
): ThrottleStore {
  return {
    incr: async key => {
      try {
        const hits = await redis.incr(key)
        await redis.pExpire(key, windowMs, 'NX')
        return hits
      } catch {
        const hits = await fallback.incr(key)
        if (hits === 1) await fallback.pexpire(key, windowMs)
        return hits
      }
    },
    pexpire: async () => 1,
  }
}
