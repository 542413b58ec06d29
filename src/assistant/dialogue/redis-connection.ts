import { TimeoutError } from '../../errors.ts'
import { createRedisClient } from '../../process/redis-client.ts'
import { within } from '../../process/within.ts'

/** The commands that dialogues need, available since Redis 2.6.12. All reject with TimeoutError or UpstreamError, soon, while Redis is down. */
export interface RedisConnection {
  /** The value, its life prolonged; null when there is none. */
  getAndTouch(key: string, ttlSeconds: number): Promise<string | null>
  set(key: string, value: string, ttlSeconds: number): Promise<void>
  delete(key: string): Promise<void>
  close(): void
}

export interface RedisConnectionOptions {
  url: string
  /** Limit of one command, the first connection included. */
  timeoutMs: number
  /** Called each time the server is there, also after an absence. */
  onReady: () => void
}

/** One connection; while the server is missing commands fail immediately instead of queueing. */
export function createRedisConnection({ url, timeoutMs, onReady }: RedisConnectionOptions): RedisConnection {
  let lastError: unknown
  const { loaded, connected, isReady, errorOf, close } = createRedisClient({
    url,
    timeoutMs,
    onReady,
    onError: err => {
      lastError = err
    },
  })

  const command = async <T>(work: (client: Awaited<ReturnType<typeof connected>>) => Promise<T>): Promise<T> => {
    await loaded()
    const limit = AbortSignal.timeout(timeoutMs)
    try {
      return await within(limit, async () => await work(await connected()))
    } catch (err) {
      if (limit.aborted) throw new TimeoutError('redis', timeoutMs, err)
      throw errorOf(isReady() ? err : (lastError ?? err))
    }
  }

  return {
    getAndTouch: (key, ttlSeconds) =>
      command(async client => {
        // GETEX is younger than many servers; one that only lets itself be read still gives the dialogue
        const [value] = await Promise.all([client.get(key), client.expire(key, ttlSeconds).catch(() => 0)])
        return value
      }),
    set: async (key, value, ttlSeconds) => {
      await command(client => client.set(key, value, { expiration: { type: 'EX', value: ttlSeconds } }))
    },
    delete: async key => {
      await command(client => client.del(key))
    },
    close,
  }
}
