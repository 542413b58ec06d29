import { TimeoutError, type UpstreamError } from '../errors.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { createRedisClient } from './redis-client.ts'
import { within } from './within.ts'

/** What Redis does as one step. */
export interface RedisScript {
  lua: string
  keys: readonly string[]
}

export interface RedisScripts {
  /** Rejects with TimeoutError or UpstreamError, soon, while Redis is unavailable or refuses scripts. */
  run(script: RedisScript, args: readonly string[]): Promise<unknown>
  /** True once nothing has succeeded for some seconds: one slow answer is no reason to count alone. */
  isDown(): boolean
  close(): void
}

export interface RedisScriptsDeps {
  url: string
  /** Limit of one script, in milliseconds. */
  timeoutMs?: number
  /** It is down when it has failed for so long, in milliseconds. */
  downAfterMs?: number
  now: () => Date
  /** Called with the first failure after a success. */
  onUnavailable: (err: unknown) => void
}

/** After a failure Redis is left alone for so long, so that users do not wait for each timeout. */
const pauseMs = 1_000

/** Runs scripts on a connection of their own, opened by the first. What is shared through them is counted alone during an outage. */
export function createRedisScripts(deps: RedisScriptsDeps): RedisScripts {
  const { url, timeoutMs = 500, downAfterMs = 3_000, now, onUnavailable } = deps
  const { loaded, connected, errorOf, close } = createRedisClient({ url, timeoutMs })
  let failure: { err: TimeoutError | UpstreamError; since: number } | undefined
  const breaker = createCircuitBreaker({
    judge: () => 'failed',
    refusal: () => failure?.err ?? errorOf(),
    failures: 1,
    failureOpenMs: pauseMs,
    rateLimitOpenMs: pauseMs,
    maxOpenMs: pauseMs,
    now,
    onOpen: () => undefined,
    onClose: () => {
      failure = undefined
    },
  })
  const fail = (err: TimeoutError | UpstreamError): never => {
    if (failure === undefined) onUnavailable(err)
    failure = { err, since: failure?.since ?? performance.now() }
    throw err
  }
  return {
    run: ({ lua, keys }, args) =>
      breaker.run(async () => {
        await loaded()
        // the client's own limit ends with the sending
        const limit = AbortSignal.timeout(timeoutMs)
        try {
          return await within(limit, async () => {
            const client = await connected()
            return client.eval(lua, { keys: [...keys], arguments: [...args] })
          })
        } catch (err) {
          return fail(limit.aborted ? new TimeoutError('redis', timeoutMs, err) : errorOf(err))
        }
      }),
    isDown: () => failure !== undefined && performance.now() - failure.since >= downAfterMs,
    close,
  }
}
