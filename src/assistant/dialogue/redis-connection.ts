import { createClient, ErrorReply } from 'redis'
import { TimeoutError, UpstreamError } from '../../errors.ts'
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

const firstPauseMs = 100
const longestPauseMs = 5_000

/**
 * One connection, opened by the first command and sought again for ever, at most 5 s apart. While it is missing commands
 * fail at once instead of queueing.
 */
export function createRedisConnection({ url, timeoutMs, onReady }: RedisConnectionOptions): RedisConnection {
  const client = createClient({
    url,
    disableOfflineQueue: true,
    commandsQueueMaxLength: 1000,
    maintNotifications: 'disabled',
    // a server that hangs with the connection open is noticed by the silence after a ping
    pingInterval: 10_000,
    socket: {
      connectTimeout: timeoutMs,
      socketTimeout: 25_000,
      reconnectStrategy: retries => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(retries, 10)),
    },
  })
  let lastError: unknown
  let firstAttempt: Promise<void> | undefined
  client.on('error', err => {
    lastError = err
  })
  client.on('ready', onReady)

  /** Settles when the first attempt to connect came to something, good or bad; the attempts go on by themselves. */
  const connected = (): Promise<void> => {
    firstAttempt ??= new Promise(resolve => {
      client.once('ready', () => resolve())
      client.once('error', () => resolve())
      client.connect().catch(err => {
        lastError = err
        resolve()
      })
    })
    return firstAttempt
  }

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
    close: () => client.destroy(),
  }
}

/** Of an error reply only its leading code: the rest may quote the command, and with it what a person wrote. */
const readable = (err: unknown): UpstreamError =>
  err instanceof ErrorReply
    ? new UpstreamError('redis', null, `command refused (${/^[A-Z]+/.exec(err.message)?.[0] ?? 'unknown'})`, true)
    : new UpstreamError('redis', null, 'not reachable', true, err)
