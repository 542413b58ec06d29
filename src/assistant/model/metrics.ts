import { Counter, Gauge, Histogram } from 'prom-client'
import { createDurationHistogram } from '../../telemetry/duration-histogram.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import type { ModelProvider } from './chat-model.ts'
import { type FailureReason, failureReasons } from './model-error.ts'

/** OpenTelemetry's labels of a model call; all calls here are of one operation. */
const modelLabels = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model'] as const
const providerLabel = 'gen_ai_provider_name'

/** A model as it is asked for; makes the label values, so that their set is closed whatever the service answers. */
export interface ModelId {
  provider: ModelProvider
  model: string
}

const labelsOf = ({ provider, model }: ModelId) => ({
  gen_ai_operation_name: 'chat',
  gen_ai_provider_name: provider,
  gen_ai_request_model: model,
})

/** 0.01 s doubling to 81.92 s, as OpenTelemetry asks. */
const durationBuckets = Array.from({ length: 14 }, (_, i) => (10 * 2 ** i) / 1000)
const waitBuckets = [0.1, 1, 5, 15, 60, 180, 600]
/** 1 token, times four, to 67 million. */
const tokenBuckets = Array.from({ length: 14 }, (_, i) => 4 ** i)

const tokenTypes = ['prompt', 'completion', 'precached', 'billable'] as const
type TokenType = (typeof tokenTypes)[number]
type TokenCounts = Record<TokenType, number>

export const retryReasons = ['rate_limit', 'timeout', 'server', 'network', 'auth'] as const
export type RetryReason = (typeof retryReasons)[number]
const refreshOutcomes = ['ok', 'refused', 'failed'] as const
export type RefreshOutcome = (typeof refreshOutcomes)[number]

export type ClientMetrics = ReturnType<ReturnType<typeof createClientMetrics>>

/** What clients measure: every call, answered or failed, and what it took to get there. Returns the part of one model. */
export function createClientMetrics(register: MetricRegistry) {
  const registers = [register]
  const duration = createDurationHistogram(register, {
    name: 'gen_ai_client_operation_duration_seconds',
    help: 'Model calls: time of the answered attempt, or with an error_type the time until the call was given up',
    labelNames: [...modelLabels, 'error_type'],
    buckets: durationBuckets,
  })
  const failures = new Counter({
    name: 'bot_llm_failures_total',
    help: 'Model calls given up, by service and reason',
    labelNames: [providerLabel, 'reason'],
    registers,
  })
  const retries = new Counter({
    name: 'bot_llm_retries_total',
    help: 'Repeated attempts of model calls, by service and what made them necessary',
    labelNames: [providerLabel, 'reason'],
    registers,
  })
  const refreshes = new Counter({
    name: 'bot_llm_auth_refreshes_total',
    help: 'Access tokens asked for: granted, permanently rejected, or failed',
    labelNames: ['outcome'],
    registers,
  })
  const inFlight = new Gauge({
    name: 'bot_llm_in_flight',
    help: 'Model calls in flight, retries included',
    labelNames: [providerLabel],
    registers,
  })
  const waiting = new Gauge({
    name: 'bot_llm_waiting',
    help: 'Model calls waiting for a free stream',
    labelNames: [providerLabel],
    registers,
  })
  const waits = createDurationHistogram(register, {
    name: 'bot_llm_wait_seconds',
    help: 'Time a model call waited for a free stream',
    labelNames: [providerLabel],
    buckets: waitBuckets,
  })
  for (const outcome of refreshOutcomes) refreshes.inc({ outcome }, 0)

  return (id: ModelId) => {
    const service = { [providerLabel]: id.provider }
    const labels = labelsOf(id)
    const success = { ...labels, error_type: '' }
    duration.zero(success)
    // durations of failures come with the first of a kind: with all their buckets at 0 they would be a tenth of a scrape.
    // What is compared over time is the counter
    for (const reason of failureReasons) failures.inc({ ...service, reason }, 0)
    for (const reason of retryReasons) retries.inc({ ...service, reason }, 0)
    inFlight.set(service, 0)
    waiting.set(service, 0)
    waits.zero(service)
    return {
      answered: (seconds: number) => duration.observe(success, seconds),
      failed(reason: FailureReason, seconds: number) {
        failures.inc({ ...service, reason })
        duration.observe({ ...labels, error_type: reason }, seconds)
      },
      retried: (reason: RetryReason) => retries.inc({ ...service, reason }),
      refreshed: (outcome: RefreshOutcome) => refreshes.inc({ outcome }),
      waited: (seconds: number) => waits.observe(service, seconds),
      load(running: number, queued: number) {
        inFlight.set(service, running)
        waiting.set(service, queued)
      },
    }
  }
}

/** What answers cost, and what they may cost. Returns the part of one model. */
export function createUsageMetrics(register: MetricRegistry, budgetRubPerDay: number) {
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
  // summed up here and handed over at each scrape: counting them one by one would cost more than all else of an answer
  const models: { model: { gen_ai_request_model: string }; spent: TokenCounts & { costRub: number } }[] = []
  new Counter({
    name: 'bot_llm_tokens_total',
    help: 'Tokens of model calls; billable is what the service charges, precached is what it took from its cache',
    labelNames: ['gen_ai_request_model', 'type'],
    registers,
    collect() {
      this.reset()
      for (const { model, spent } of models) for (const type of tokenTypes) this.inc({ ...model, type }, spent[type])
    },
  })
  new Counter({
    name: 'bot_llm_cost_rub_total',
    help: 'Roubles of billable tokens at the price of the day',
    labelNames: ['gen_ai_request_model'],
    registers,
    collect() {
      this.reset()
      for (const { model, spent } of models) this.inc(model, spent.costRub)
    },
  })
  const unknown = new Counter({
    name: 'bot_llm_usage_unknown_total',
    help: 'Answers of the model whose billed tokens the service did not count: missing from tokens and roubles',
    registers,
  })
  unknown.inc(0)

  return (id: ModelId) => {
    const input = { ...labelsOf(id), gen_ai_token_type: 'input' }
    const output = { ...labelsOf(id), gen_ai_token_type: 'output' }
    for (const labels of [input, output]) usage.zero(labels)
    const spent = { prompt: 0, completion: 0, precached: 0, billable: 0, costRub: 0 }
    models.push({ model: { gen_ai_request_model: id.model }, spent })
    return {
      /** null where the service did not count. */
      used(count: Record<TokenType, number | null> & { costRub: number }) {
        // an unknown number too: the histogram's count is the number of calls, which the reconciliation relies on
        usage.observe(input, count.prompt ?? 0)
        usage.observe(output, count.completion ?? 0)
        for (const type of tokenTypes) spent[type] += count[type] ?? 0
        spent.costRub += count.costRub
      },
      unknown: () => unknown.inc(),
    }
  }
}
