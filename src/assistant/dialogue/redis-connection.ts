import { ErrorReply } from 'redis'
import { TimeoutError, UpstreamError } from '../../errors.ts'
import { createRedisClient } from '../../process/redis-client.ts'
import { within } from '../within.ts'

/** The three commands dialogues need. All reject with TimeoutError or UpstreamError, soon, while Redis is away. */
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

/** One connection; while the server is missing commands fail at once instead of queueing. */
export function createRedisConnection({ url, timeoutMs, onReady }: RedisConnectionOptions): RedisConnection {
  let lastError: unknown
  const { client, connected, close } = createRedisClient({
    ...{ url, timeoutMs, onReady },
    onError: err => {
      lastError = err
    },
  })

  const command = async <T>(work: () => Promise<T>): Promise<T> => {
    const limit = AbortSignal.timeout(timeoutMs)
    try {
      return await within(limit, async () => {
        await connected()
        return await work()
      })
    } catch (err) {
      if (limit.aborted) throw new TimeoutError('redis', timeoutMs, err)
      throw readable(client.isReady ? err : (lastError ?? err))
    }
  }

  return {
    getAndTouch: (key, ttlSeconds) => command(() => client.getEx(key, { type: 'EX', value: ttlSeconds })),
    set: async (key, value, ttlSeconds) => {
      await command(() => client.set(key, value, { expiration: { type: 'EX', value: ttlSeconds } }))
    },
    delete: async key => {
      await command(() => client.del(key))
    },
    close,
  }
}

/** Of an error reply only its leading code: the rest may quote the command, and with it what a person wrote. */
const readable = (err: unknown): UpstreamError =>
  err instanceof ErrorReply
    ? new UpstreamError('redis', null, `command refused (${/^[A-Z]+/.exec(err.message)?.[0] ?? 'unknown'})`, true)
    : new UpstreamError('redis', null, 'not reachable', true, err)
