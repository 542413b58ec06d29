import { Counter, Gauge } from 'prom-client'
import { UpstreamError } from '../../errors.ts'
import { type CallVerdict, createCircuitBreaker } from '../../process/circuit-breaker.ts'
import type { Log } from '../../telemetry/log.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import type { ChatModel } from './chat-model.ts'
import { failureReason, failureReasons, isDialogueRejected } from './model-error.ts'

const circuitOpen = 'circuit_open'

export interface FallbackDeps {
  /** GigaChat. */
  first: ChatModel
  second: ChatModel
  log: Log
  register: MetricRegistry
  now: () => Date
}

/** Counts what the second model was asked for, by what kept the first from answering. */
export function createFallbackMetrics(register: MetricRegistry) {
  const registers = [register]
  const fallbacks = new Counter({
    name: 'bot_llm_fallbacks_total',
    help: 'Model calls given to the second model, by why the first did not answer',
    labelNames: ['reason'],
    registers,
  })
  for (const reason of [...failureReasons, circuitOpen]) fallbacks.inc({ reason }, 0)
  const circuit = new Gauge({
    name: 'bot_llm_circuit_open',
    help: '1 while the first model is not called after failures and the second answers, 0 otherwise',
    registers,
  })
  circuit.set(0)
  const retry = new Gauge({
    name: 'bot_llm_circuit_retry_timestamp_seconds',
    help: 'From when on a call tries the first model again while the circuit is open, 0 otherwise',
    registers,
  })
  return {
    fellBack: (reason: string) => fallbacks.inc({ reason }),
    /** `until` is when a call will try the first model again; null closes the circuit. */
    circuitOpen: (until: Date | null) => {
      circuit.set(until === null ? 0 : 1)
      retry.set((until?.getTime() ?? 0) / 1000)
    },
  }
}

/**
 * Asks the second model when the first fails, within the same call, and then for a while without asking the first at all: each message takes
 * several calls, and users would wait for the failure of each. After 15 s, doubled up to 5 minutes, one call tries the first again.
 */
export function createFallbackModel({ first, second, log, register, now }: FallbackDeps): ChatModel {
  const metrics = createFallbackMetrics(register)
  const breaker = createCircuitBreaker({
    judge,
    refusal: () => new CircuitOpen(),
    failures: 1,
    failureOpenMs: 15_000,
    rateLimitOpenMs: 15_000,
    maxOpenMs: 300_000,
    now,
    onOpen: (reason, openMs) => {
      metrics.circuitOpen(new Date(now().getTime() + openMs))
      log.warn('circuit_opened', { upstream: 'gigachat', delay_ms: openMs, reason })
    },
    onClose: () => metrics.circuitOpen(null),
  })

  return {
    async chat(request, signal) {
      try {
        return await breaker.run(() => first.chat(request, signal))
      } catch (failed) {
        signal?.throwIfAborted()
        const reason = failed instanceof CircuitOpen ? circuitOpen : failureReason(failed)
        // whatever is no failure of a service is a bug, which another model does not mend
        if (reason === undefined) throw failed
        metrics.fellBack(reason)
        try {
          return await second.chat(request, signal)
        } catch (err) {
          // the caller can do something about a rejected dialogue, about a failing service it cannot
          throw isDialogueRejected(failed) ? failed : err
        }
      }
    },
  }
}

class CircuitOpen extends UpstreamError {
  constructor() {
    super('gigachat', null, 'left alone after failures', true)
  }
}

function judge(err: unknown): CallVerdict {
  if (isDialogueRejected(err)) return 'healthy'
  return failureReason(err) === undefined ? 'unknown' : 'failed'
}
