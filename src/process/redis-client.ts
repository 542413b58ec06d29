import { createClient } from 'redis'

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
 * A client that is opened by the first `connected()` and then sought again for ever, at most 5 s apart. While the server
 * is missing, commands fail at once instead of queueing.
 */
export function createRedisClient({
  url,
  timeoutMs,
  onReady = () => undefined,
  onError = () => undefined,
}: RedisClientOptions) {
  const client = createClient({
    url,
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
    /** Settles when the first attempt to connect came to something, good or bad; the attempts go on by themselves. */
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
