import { Counter, Gauge, Histogram } from 'prom-client'
import { createDurationHistogram } from '../../telemetry/duration-histogram.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import { failureReasons } from './model-error.ts'

/** OpenTelemetry's labels of a model call; all calls here are of one operation and one provider. */
const modelCall = { gen_ai_operation_name: 'chat', gen_ai_provider_name: 'gigachat' } as const
const modelLabels = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model'] as const

/** 0.01 s doubling to 81.92 s, as OpenTelemetry asks. */
const durationBuckets = Array.from({ length: 14 }, (_, i) => (10 * 2 ** i) / 1000)
/** 1 token, times four, to 67 million. */
const tokenBuckets = Array.from({ length: 14 }, (_, i) => 4 ** i)

const tokenTypes = ['prompt', 'completion', 'precached', 'billable'] as const

export const retryReasons = ['rate_limit', 'server', 'network', 'auth'] as const
export type RetryReason = (typeof retryReasons)[number]
const refreshOutcomes = ['ok', 'refused', 'failed'] as const
export type RefreshOutcome = (typeof refreshOutcomes)[number]

/** What the client measures: every call, answered or failed, and what it took to get there. */
export function createClientMetrics(register: MetricRegistry, requestModel: string) {
  const registers = [register]
  const labels = { ...modelCall, gen_ai_request_model: requestModel }
  const duration = createDurationHistogram(register, {
    name: 'gen_ai_client_operation_duration_seconds',
    help: 'Model calls: time of the answered attempt, or with an error_type the time until the call was given up',
    labelNames: [...modelLabels, 'error_type'],
    buckets: durationBuckets,
  })
  const failures = new Counter({
    name: 'bot_llm_failures_total',
    help: 'Model calls given up, by reason',
    labelNames: ['reason'],
    registers,
  })
  const retries = new Counter({
    name: 'bot_llm_retries_total',
    help: 'Repeated attempts of model calls, by what made them necessary',
    labelNames: ['reason'],
    registers,
  })
  const refreshes = new Counter({
    name: 'bot_llm_auth_refreshes_total',
    help: 'Access tokens asked for: granted, permanently rejected, or failed',
    labelNames: ['outcome'],
    registers,
  })
  const inFlight = new Gauge({ name: 'bot_llm_in_flight', help: 'Model calls in flight, retries included', registers })
  const waiting = new Gauge({ name: 'bot_llm_waiting', help: 'Model calls waiting for a free stream', registers })
  const success = { ...labels, error_type: '' }
  duration.zero(success)
  for (const reason of failureReasons) {
    failures.inc({ reason }, 0)
    duration.zero({ ...labels, error_type: reason })
  }
  for (const reason of retryReasons) retries.inc({ reason }, 0)
  for (const outcome of refreshOutcomes) refreshes.inc({ outcome }, 0)

  return {
    answered: (seconds: number) => duration.observe(success, seconds),
    failed(reason: (typeof failureReasons)[number], seconds: number) {
      failures.inc({ reason })
      duration.observe({ ...labels, error_type: reason }, seconds)
    },
    retried: (reason: RetryReason) => retries.inc({ reason }),
    refreshed: (outcome: RefreshOutcome) => refreshes.inc({ outcome }),
    load(running: number, queued: number) {
      inFlight.set(running)
      waiting.set(queued)
    },
  }
}

/** What answers cost, and what they may cost. */
export function createUsageMetrics(register: MetricRegistry, requestModel: string, budgetRubPerDay: number) {
  const registers = [register]
  new Gauge({
    name: 'bot_llm_budget_rub',
    help: 'Roubles that model calls may cost in 24 hours, as set; more raises an alert',
    registers,
  }).set(budgetRubPerDay)
  const usage = new Histogram({
    name: 'gen_ai_client_token_usage',
    help: 'Tokens of one model call as reported, cached ones left out',
    labelNames: [...modelLabels, 'gen_ai_token_type'],
    buckets: tokenBuckets,
    registers,
  })
  const labels = { ...modelCall, gen_ai_request_model: requestModel }
  const model = { gen_ai_request_model: requestModel }
  for (const gen_ai_token_type of ['input', 'output']) usage.zero({ ...labels, gen_ai_token_type })
  // summed up here and handed over at each scrape: counting them one by one would cost more than all else of an answer
  const spent = { prompt: 0, completion: 0, precached: 0, billable: 0, costRub: 0 }
  new Counter({
    name: 'bot_llm_tokens_total',
    help: 'Tokens of model calls; billable is what the service charges, precached is free',
    labelNames: ['gen_ai_request_model', 'type'],
    registers,
    collect() {
      this.reset()
      for (const type of tokenTypes) this.inc({ ...model, type }, spent[type])
    },
  })
  new Counter({
    name: 'bot_llm_cost_rub_total',
    help: 'Roubles of billable tokens at the price of the day',
    labelNames: ['gen_ai_request_model'],
    registers,
    collect() {
      this.reset()
      this.inc(model, spent.costRub)
    },
  })
  const unknown = new Counter({
    name: 'bot_llm_usage_unknown_total',
    help: 'Answers of the model whose billed tokens the service did not count: missing from tokens and roubles',
    registers,
  })
  unknown.inc(0)
  const input = { ...labels, gen_ai_token_type: 'input' }
  const output = { ...labels, gen_ai_token_type: 'output' }

  return {
    /** null where the service did not count. */
    used(count: Record<(typeof tokenTypes)[number], number | null> & { costRub: number }) {
      // an unknown number too: the histogram's count is the number of calls, which the reconciliation relies on
      usage.observe(input, count.prompt ?? 0)
      usage.observe(output, count.completion ?? 0)
      for (const type of tokenTypes) spent[type] += count[type] ?? 0
      spent.costRub += count.costRub
    },
    unknown: () => unknown.inc(),
  }
}
