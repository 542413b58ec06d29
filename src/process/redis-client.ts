import { createClient, ErrorReply } from '@redis/client'
import { UpstreamError } from '../errors.ts'

export interface RedisClientOptions {
  url: string
  /** Limit of one command, and of one attempt to connect. */
  timeoutMs: number
  /** Called each time the server is there, also after an absence. */
  onReady?: () => void
  onError?: (err: unknown) => void
}

const firstPauseMs = 100
const longestPauseMs = 5_000

/**
 * Creates a client that connects on the first `connected()` and reconnects forever, at most 5 s apart. While the server is
 * unavailable, commands fail immediately instead of queueing.
 */
export function createRedisClient({
  url,
  timeoutMs,
  onReady = () => undefined,
  onError = () => undefined,
}: RedisClientOptions) {
  const client = createClient({
    url,
    RESP: 2, // Redis before 6 has no HELLO
    disableOfflineQueue: true,
    commandsQueueMaxLength: 1000,
    maintNotifications: 'disabled',
    commandOptions: { timeout: timeoutMs },
    // a server that hangs with the connection open is noticed by the silence after a ping
    pingInterval: 10_000,
    socket: {
      connectTimeout: timeoutMs,
      socketTimeout: 25_000,
      reconnectStrategy: retries => Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(retries, 10)),
    },
  })
  // unheard, an error would end the process
  client.on('error', onError)
  client.on('ready', onReady)
  let firstAttempt: Promise<void> | undefined

  return {
    client,
    /** Resolves after the first attempt to connect, successful or not; reconnecting continues automatically. */
    connected: (): Promise<void> => {
      firstAttempt ??= new Promise(resolve => {
        client.once('ready', () => resolve())
        client.once('error', () => resolve())
        client.connect().catch((err: unknown) => {
          onError(err)
          resolve()
        })
      })
      return firstAttempt
    },
    close: (): void => {
      if (client.isOpen) client.destroy()
    },
  }
}

/** True if Redis answered that it does not do this: no right, no such command, a read-only replica, a full memory. */
const isRefusal = (err: unknown): err is ErrorReply => err instanceof ErrorReply

/** An error of the client as one of ours. Of a refusal only the leading code: the rest may quote what a user wrote. */
export const redisError = (err: unknown): UpstreamError =>
  isRefusal(err)
    ? new UpstreamError('redis', null, `command refused (${/^[A-Z]+/.exec(err.message)?.[0] ?? 'unknown'})`, true)
    : new UpstreamError('redis', null, 'not reachable', true, err)
