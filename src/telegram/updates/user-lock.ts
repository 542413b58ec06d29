import { randomUUID } from 'node:crypto'
import { createRedisClient, isRefusal, redisError } from '../../process/redis-client.ts'
import type { Sleep } from '../../process/sleep.ts'
import type { Log } from '../../telemetry/log.ts'

/** Mutual exclusion per user across processes. */
export interface UserLock {
  /** Runs the work when no other process works for this user; immediately when Redis is down. Rejects only as the work does. */
  run<T>(userId: number, work: () => Promise<T>): Promise<T>
  close(): void
}

/** For a process that is alone: its own queue keeps the order. */
export const ownLock: UserLock = { run: (_userId, work) => work(), close: () => undefined }

export interface RedisUserLockDeps {
  url: string
  sleep: Sleep
  log: Log
  /** A lock whose holder died opens after this long; a living holder renews it three times as often. */
  ttlMs?: number
  /** How long one command waits for Redis. */
  timeoutMs?: number
  /** How long a Redis that refused a command is left alone. */
  refusalMs?: number
}

const firstPauseMs = 50
const longestPauseMs = 500

/**
 * A lock per user shared by all replicas, at `vv:turn:<userId>`. While Redis is unavailable each process keeps its own
 * order and no user waits. The same when Redis refuses one of the commands (rights, a read-only replica): that is found out
 * on a key of its own before any lock is taken, for a lock that cannot be released would hold up every next message.
 *
 * Renewal and release read the holder and then act on it, without a script. Between the two the lock could expire and pass
 * on only if its holder had missed two renewals; and as with a lock that Redis lost, what the work writes is idempotent, so
 * the worst is an answer out of order.
 */
export function createRedisUserLock({
  url,
  sleep,
  log,
  ttlMs = 15_000,
  timeoutMs = 500,
  refusalMs = 30_000,
}: RedisUserLockDeps): UserLock {
  /** Whether this connection may do all that a lock needs; unset until it was tried. */
  let usable: Promise<boolean> | undefined
  let failing = false
  const { client, connected, close } = createRedisClient({
    url,
    timeoutMs,
    onReady: () => {
      usable = undefined
    },
  })

  /** True when taken, false when another holder has it. */
  const take = async (key: string, token: string): Promise<boolean> => {
    const options = { condition: 'NX', expiration: { type: 'PX', value: ttlMs } } as const
    return (await client.set(key, token, options)) !== null
  }
  const isMine = async (key: string, token: string): Promise<boolean> => (await client.get(key)) === token
  const renew = async (key: string, token: string): Promise<void> => {
    if (await isMine(key, token)) await client.pExpire(key, ttlMs)
  }
  const release = async (key: string, token: string): Promise<void> => {
    if (await isMine(key, token)) await client.del(key)
  }

  /** Reports the first of a run of failures; a refusal is left alone for a while. */
  const note = (err: unknown): void => {
    if (!failing) log.warn('upstream_failed', { upstream: 'redis', operation: 'turn', err: redisError(err) })
    failing = true
    if (!isRefusal(err)) return
    const refused = Promise.resolve(false)
    usable = refused
    setTimeout(() => {
      if (usable === refused) usable = undefined
    }, refusalMs).unref()
  }
  const check = async (): Promise<boolean> => {
    const [key, token] = [`vv:turn:check:${randomUUID()}`, randomUUID()]
    try {
      await connected()
      await take(key, token)
      await renew(key, token)
      await release(key, token)
      failing = false
      return true
    } catch (err) {
      usable = undefined
      note(err)
      return false
    }
  }
  /** True if the lock is held; false also when Redis does not answer. */
  const acquire = async (key: string, token: string): Promise<boolean> => {
    try {
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
        usable ??= check()
        if (!(await usable)) return false
        if (await take(key, token)) return true
        await sleep(pauseMs)
      }
    } catch (err) {
      note(err)
      return false
    }
  }

  return {
    run: async (userId, work) => {
      const key = `vv:turn:${userId}`
      const token = randomUUID()
      if (!(await acquire(key, token))) return work()
      const renewal = setInterval(() => void renew(key, token).catch(note), ttlMs / 3)
      try {
        return await work()
      } finally {
        clearInterval(renewal)
        await release(key, token).catch(note)
      }
    },
    close,
  }
}
