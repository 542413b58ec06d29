import { createLatestEntries } from '../../process/latest-entries.ts'
import { createRedisClient } from '../../process/redis-client.ts'
import type { Log } from '../../telemetry/log.ts'

/**
 * What grammY's rate limiter counts with: a counter that vanishes after its window. A key names the counter and the update
 * that is counted, see `throttleKey`.
 */
export interface ThrottleStore {
  /** Which hit of its window this is, from 1. */
  incr(key: string): Promise<number>
  pexpire(key: string, ms: number): Promise<number>
  /** Closes its connection. */
  close(): void
}

/** The user's counter, and the update that hits it: delivered again, because a process died over it, it is the same hit. */
export const throttleKey = (userId: number, updateKey: string): string => `${userId}${separator}${updateKey}`

const separator = '#'
const partsOf = (key: string): { counter: string; update: string } => {
  const at = key.indexOf(separator)
  return at < 0 ? { counter: key, update: '' } : { counter: key.slice(0, at), update: key.slice(at + 1) }
}

/** Counters of this process, which handles no update twice; the least recently seen users are dropped first. */
export function createMemoryThrottleStore({ now }: { now: () => Date }): ThrottleStore {
  const counters = createLatestEntries<string, { hits: number; since: number; expiresAt: number }>(50_000)
  return {
    incr: async fullKey => {
      const key = partsOf(fullKey).counter
      const counter = counters.get(key)
      const time = now().getTime()
      // one from the future was begun before the clock was set back
      const isOver = counter === undefined || counter.expiresAt <= time || counter.since > time
      const current = isOver ? { hits: 0, since: time, expiresAt: Number.POSITIVE_INFINITY } : counter
      current.hits += 1
      counters.set(key, current)
      return current.hits
    },
    pexpire: async (key, ms) => {
      const counter = counters.get(partsOf(key).counter)
      if (counter !== undefined) counter.expiresAt = now().getTime() + ms
      return counter === undefined ? 0 : 1
    },
    close: () => undefined,
  }
}

export interface RedisThrottleStoreDeps {
  url: string
  windowMs: number
  log: Log
  now: () => Date
  /** Timeout, in milliseconds, of Redis; after it this process counts alone. */
  timeoutMs?: number
}

/** The place of a hit among those of its window; a hit that is there already keeps the place it has. */
const hitScript = `redis.call('zadd', KEYS[1], 'NX', redis.call('zcard', KEYS[1]), ARGV[1])
if redis.call('pttl', KEYS[1]) < 0 then redis.call('pexpire', KEYS[1], ARGV[2]) end
return redis.call('zrank', KEYS[1], ARGV[1]) + 1`

/**
 * Counters shared by all replicas. Without Redis, or one that runs no scripts, this process counts alone, and says so once:
 * no user is refused because a cache is unavailable.
 */
export function createRedisThrottleStore({
  url,
  windowMs,
  log,
  now,
  timeoutMs = 500,
}: RedisThrottleStoreDeps): ThrottleStore {
  const ownCounters = createMemoryThrottleStore({ now })
  const { connected, errorOf, close } = createRedisClient({ url, timeoutMs })

  let failing = false
  const count = async (key: string): Promise<number> => {
    const client = await connected()
    const { counter, update } = partsOf(key)
    const hits = Number(await client.eval(hitScript, { keys: [counter], arguments: [update, String(windowMs)] }))
    failing = false
    return hits
  }
  const countAlone = async (key: string): Promise<number> => {
    const hits = await ownCounters.incr(key)
    if (hits === 1) await ownCounters.pexpire(key, windowMs)
    return hits
  }
  return {
    incr: key =>
      count(key).catch(err => {
        if (!failing) log.warn('upstream_failed', { upstream: 'redis', operation: 'throttle', err: errorOf(err) })
        failing = true
        return countAlone(key)
      }),
    pexpire: async () => 1,
    close,
  }
}
