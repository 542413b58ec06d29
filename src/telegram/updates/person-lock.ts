import { randomUUID } from 'node:crypto'
import { createRedisClient } from '../../process/redis-client.ts'
import type { Sleep } from '../../process/sleep.ts'

/** Lets one process at a time work for a person. */
export interface PersonLock {
  /** Runs the work when nobody else works for this person; when that cannot be known, at once. Rejects only as the work does. */
  run<T>(userId: number, work: () => Promise<T>): Promise<T>
  close(): void
}

/** For a process that is alone: its own queue keeps the order. */
export const ownLock: PersonLock = { run: (_userId, work) => work(), close: () => undefined }

export interface RedisPersonLockDeps {
  url: string
  sleep: Sleep
  /** A lock whose holder died opens after this long; a living holder renews it three times as often. */
  ttlMs?: number
  /** How long one command waits for Redis. */
  timeoutMs?: number
}

const firstPauseMs = 50
const longestPauseMs = 500

const renewIfMine = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) else return 0 end`
const releaseIfMine = `if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end`

/**
 * A lock per person shared by all replicas, at `vv:turn:<userId>`. While Redis is away each process keeps its own order
 * and nobody waits. A lock that Redis forgot is not taken again in the middle of the work: what the work writes is
 * idempotent, so the worst is an answer out of order.
 */
export function createRedisPersonLock({
  url,
  sleep,
  ttlMs = 15_000,
  timeoutMs = 500,
}: RedisPersonLockDeps): PersonLock {
  const { client, connected, close } = createRedisClient({ url, timeoutMs })

  /** True when taken, false when somebody else has it; rejects while Redis is away. */
  const take = async (key: string, token: string): Promise<boolean> => {
    await connected()
    const options = { condition: 'NX', expiration: { type: 'PX', value: ttlMs } } as const
    return (await client.set(key, token, options)) !== null
  }
  /** Whether the lock is held; false when Redis cannot tell. */
  const acquire = async (key: string, token: string): Promise<boolean> => {
    try {
      for (let pauseMs = firstPauseMs; !(await take(key, token)); pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
        await sleep(pauseMs)
      }
      return true
    } catch {
      return false
    }
  }
  const call = (script: string, key: string, token: string): Promise<unknown> =>
    client.eval(script, { keys: [key], arguments: [token, String(ttlMs)] }).catch(() => undefined)

  return {
    run: async (userId, work) => {
      const key = `vv:turn:${userId}`
      const token = randomUUID()
      if (!(await acquire(key, token))) return work()
      const renewal = setInterval(() => void call(renewIfMine, key, token), ttlMs / 3)
      try {
        return await work()
      } finally {
        clearInterval(renewal)
        await call(releaseIfMine, key, token)
      }
    },
    close,
  }
}
