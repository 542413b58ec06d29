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

/** Hundreds of files, which would take their time and memory where there is no Redis. */
const loadLibrary = () => import('@redis/client')
type Library = Awaited<ReturnType<typeof loadLibrary>>

const createLibraryClient = ({ createClient }: Library, { url, timeoutMs }: RedisClientOptions) =>
  createClient({
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

/**
 * Creates a client that connects on the first `connected()` and reconnects forever, at most 5 s apart. While the server is
 * unavailable, commands fail immediately instead of queueing.
 */
export function createRedisClient(options: RedisClientOptions) {
  const { onReady = () => undefined, onError = () => undefined } = options
  const loaded = loadLibrary()
  let library: Library | undefined
  let client: ReturnType<typeof createLibraryClient> | undefined
  let isClosed = false
  let firstAttempt: Promise<ReturnType<typeof createLibraryClient>> | undefined

  const open = async () => {
    library = await loaded
    const opened = createLibraryClient(library, options)
    client = opened
    // unheard, an error would end the process
    opened.on('error', onError)
    opened.on('ready', onReady)
    if (isClosed) return opened // and stays so: its commands fail
    await new Promise<void>(resolve => {
      opened.once('ready', () => resolve())
      opened.once('error', () => resolve())
      opened.connect().catch((err: unknown) => {
        onError(err)
        resolve()
      })
    })
    return opened
  }

  return {
    /** The code of the client is there: a limit of time begins after it. */
    loaded: async (): Promise<void> => void (await loaded),
    /** Resolves to the client after the first attempt to connect, successful or not; reconnecting continues automatically. */
    connected: () => (firstAttempt ??= open()),
    isReady: (): boolean => client?.isReady ?? false,
    /** An error of the client as one of ours. Of a refusal only the leading code: the rest may quote what a user wrote. */
    errorOf: (err?: unknown): UpstreamError =>
      // Redis answered that it does not do this: no right, no such command, a read-only replica, a full memory
      library !== undefined && err instanceof library.ErrorReply
        ? new UpstreamError('redis', null, `command refused (${/^[A-Z]+/.exec(err.message)?.[0] ?? 'unknown'})`, true)
        : new UpstreamError('redis', null, 'not reachable', true, err),
    close: (): void => {
      isClosed = true
      if (client?.isOpen === true) client.destroy()
    },
  }
}
