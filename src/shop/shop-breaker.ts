import { McpError, RateLimitError } from '../errors.ts'
import { type CircuitBreaker, type CircuitBreakerOptions, createCircuitBreaker } from '../process/circuit-breaker.ts'
import { isServiceFailure } from './service-failure.ts'

/** A call was refused because the shop limited the rate of earlier ones; it was not sent. */
class LimitedCircuitError extends RateLimitError {}

/** The refusal of a call that is not sent because the shop asked for a pause, which lasts `leftMs` still. */
export const pausedByShop = (leftMs: number): RateLimitError =>
  new LimitedCircuitError('shop', 'left alone after it asked to slow down', leftMs)

/** True if the open circuit refused the call, which was therefore not sent. */
export const isCircuitOpen = (err: unknown): boolean =>
  err instanceof LimitedCircuitError || (err instanceof McpError && err.code === 'circuit_open')

/** The circuit breaker of the shop; refuses with RateLimitError or McpError `circuit_open`. */
export const createShopBreaker = (options: Omit<CircuitBreakerOptions, 'judge' | 'refusal'>): CircuitBreaker =>
  createCircuitBreaker({
    ...options,
    judge: err => (isServiceFailure(err) ? 'failed' : 'healthy'),
    refusal: (rateLimited, leftMs) =>
      rateLimited ? pausedByShop(leftMs) : new McpError('circuit_open', 'left alone after repeated failures', true),
  })
