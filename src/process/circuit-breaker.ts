import { RateLimitError } from '../errors.ts'

/** What a rejected call says of the service: it failed, it works and refused this request, or nothing. */
export type CallVerdict = 'failed' | 'healthy' | 'unknown'

export interface CircuitBreakerOptions {
  judge: (err: unknown) => CallVerdict
  /** The error of a call refused while the circuit is open, for `leftMs` at least. */
  refusal: (rateLimited: boolean, leftMs: number) => Error
  /** Consecutive failures that open the circuit. */
  failures: number
  /** Initial open time; each failed probe doubles it up to `maxOpenMs`. */
  failureOpenMs: number
  /** Initial open time after a rate limit, unless the service asked for a longer one. */
  rateLimitOpenMs: number
  maxOpenMs: number
  now: () => Date
  onOpen: (reason: 'rate_limited' | 'failures', openMs: number) => void
  onClose: () => void
}

/** Pause before another look while a probe is in flight. */
const probePauseMs = 250

export interface CircuitBreaker {
  /** Throws the refusal, without calling, while the circuit is open. */
  check(): void
  /** True while calls are refused; false once a probe is due. */
  isOpen(): boolean
  /** Milliseconds after which a refused call is worth another try. */
  retryInMs(): number
  /** Runs the call unless the circuit is open. After the open time one call probes; the others are refused until it ends. */
  run<T>(call: () => Promise<T>): Promise<T>
}

/** Circuit breaker: fails calls immediately while a service is failing or limiting, so that users get an answer and the service can recover. */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  let open: { until: number; openMs: number; rateLimited: boolean; probing: boolean } | undefined
  let failuresInRow = 0

  const check = () => {
    if (open === undefined) return
    const time = options.now().getTime()
    if (open.until - time > open.openMs) open.until = time + open.openMs // the clock was set back
    const leftMs = open.until - time
    if (leftMs <= 0 && !open.probing) return
    throw options.refusal(open.rateLimited, Math.max(leftMs, 0))
  }
  const close = () => {
    failuresInRow = 0
    if (open === undefined) return
    open = undefined
    options.onClose()
  }
  const reopen = (rateLimited: boolean, askedMs: number, wasOpenMs: number | undefined) => {
    const startMs = rateLimited ? options.rateLimitOpenMs : options.failureOpenMs
    const openMs = Math.min(Math.max(startMs, askedMs, (wasOpenMs ?? 0) * 2), Math.max(options.maxOpenMs, startMs))
    open = { until: options.now().getTime() + openMs, openMs, rateLimited, probing: false }
    options.onOpen(rateLimited ? 'rate_limited' : 'failures', openMs)
  }
  const failed = (err: unknown, isProbe: boolean) => {
    // calls sent before the circuit opened may end while it is open; only the probe may prolong it
    if (open !== undefined && !isProbe) return
    failuresInRow += 1
    if (err instanceof RateLimitError) reopen(true, err.retryAfterMs ?? 0, open?.openMs)
    else if (isProbe || failuresInRow >= options.failures) reopen(false, 0, open?.openMs)
  }

  return {
    check,
    retryInMs: () => Math.max((open?.until ?? 0) - options.now().getTime(), probePauseMs),
    isOpen: () => open !== undefined && open.until > options.now().getTime(),
    async run(call) {
      check()
      const isProbe = open !== undefined
      if (open !== undefined) open.probing = true
      try {
        const result = await call()
        if (open === undefined || isProbe) close()
        return result
      } catch (err) {
        const verdict = options.judge(err)
        if (verdict === 'failed') failed(err, isProbe)
        else if (verdict === 'healthy' && (open === undefined || isProbe)) close()
        else if (open !== undefined && isProbe) open.probing = false
        throw err
      }
    },
  }
}
