import { McpError, RateLimitError, TimeoutError } from '../errors.ts'
import type { CircuitBreaker } from '../process/circuit-breaker.ts'
import type { Sleep } from '../process/sleep.ts'
import type { Log } from '../telemetry/log.ts'
import type { CallHealth } from './call-health.ts'
import type { McpConnection } from './mcp-connection.ts'
import type { McpCallOutcome, ShopMetrics } from './metrics.ts'
import type { TakeTurn } from './rate-limiter.ts'
import { isServiceFailure } from './service-failure.ts'
import { McpResult, readToolResult } from './tool-result.ts'
import type { McpToolName, Operation } from './tools.ts'

export interface McpCallerDeps {
  connection: McpConnection
  takeTurn: TakeTurn
  breaker: CircuitBreaker
  metrics: ShopMetrics
  health: CallHealth
  log: Log
  now: () => Date
  sleep: Sleep
  /** In [0, 1): jitter of the pauses before retries. */
  random: () => number
  retries: {
    count: number
    pauseMs: number /** No repeat begins later than this after the first attempt. */
    budgetMs: number
  }
}

/** Throws RateLimitError, TimeoutError or McpError. */
export interface McpCaller {
  /** Calls an idempotent tool; retryable failures are retried. */
  repeatable<T>(call: McpCall<T>): Promise<T>
  /** Called at most once. */
  once<T>(call: McpCall<T>): Promise<T>
  /** One page of the server's tools. */
  listTools(cursor: string | undefined): Promise<unknown>
}

interface McpCall<T> {
  tool: McpToolName
  args: Record<string, unknown>
  /** Makes our value of the tool's data; throws McpError `unreadable`. */
  read: (data: unknown) => T
}

/** Creates the caller of the shop's tools: rate limited, with a circuit breaker, counted in metrics. */
export function createMcpCaller(deps: McpCallerDeps): McpCaller {
  const { connection, breaker, metrics, health, log, now, retries } = deps
  const count = (operation: Operation, outcome: McpCallOutcome) => {
    metrics.call(operation, outcome)
    health.note(outcome)
  }

  const attempt = async <T>(operation: Operation, send: () => Promise<T>): Promise<T> => {
    let sent = false
    try {
      // checked before the queue as well, so that a call that would be rejected does not wait
      breaker.check()
      metrics.limiterWait((await deps.takeTurn()) / 1000)
      const data = await breaker.run(async () => {
        sent = true
        const started = performance.now()
        return send().finally(() => metrics.callDuration(operation, (performance.now() - started) / 1000))
      })
      count(operation, 'ok')
      return data
    } catch (err) {
      count(operation, sent ? outcomeOf(err) : 'not_sent')
      throw err
    }
  }
  const callOnce = <T>({ tool, args, read }: McpCall<T>) =>
    attempt(tool, () =>
      connection.request({ method: 'tools/call', params: { name: tool, arguments: args } }, answer => {
        const result = McpResult.safeParse(answer)
        if (!result.success) throw new McpError('unreadable', 'the result is not a tool result', false)
        return readToolResult(result.data, read)
      }),
    )

  return {
    once: callOnce,
    async repeatable(call) {
      const started = now().getTime()
      for (let repeat = 1; ; repeat += 1) {
        try {
          return await callOnce(call)
        } catch (err) {
          const delayMs = Math.round(retries.pauseMs * 2 ** (repeat - 1) * (0.5 + deps.random()))
          const elapsedMs = now().getTime() - started
          if (!worthRepeating(err) || repeat > retries.count || elapsedMs + delayMs > retries.budgetMs) throw err
          log.info('upstream_retry', {
            upstream: 'shop',
            operation: call.tool,
            attempt: repeat,
            delay_ms: delayMs,
            error_name: err.name,
          })
          await deps.sleep(delayMs)
        }
      }
    },
    listTools: cursor =>
      attempt('tools_list', () =>
        connection.request({ method: 'tools/list', params: cursor === undefined ? {} : { cursor } }, page => page),
      ),
  }
}

/** Neither rate limits nor the open circuit are retried. */
const worthRepeating = (err: unknown): err is TimeoutError | McpError =>
  err instanceof TimeoutError || (err instanceof McpError && err.retryable && err.code !== 'circuit_open')

function outcomeOf(err: unknown): McpCallOutcome {
  if (err instanceof RateLimitError) return 'rate_limited'
  if (err instanceof TimeoutError) return 'timeout'
  return isServiceFailure(err) ? 'failed' : 'refused'
}
