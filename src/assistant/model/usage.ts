import type { Log } from '../../telemetry/log.ts'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import type { Cap } from '../cap-metrics.ts'
import type { ChatAnswer, ModelProvider } from './chat-model.ts'
import { createUsageMetrics } from './metrics.ts'
import type { PricedModel } from './prices.ts'

/** What model calls add to the day's totals. `costRub` has six decimals at most. */
export interface UsageTotals {
  calls: number
  /** Billable ones. */
  tokens: number
  costRub: number
}

export interface UsageContext {
  userId: number
  /** From 1 within one message. */
  callNumber: number
  /** The function the call was for or asked for; empty for none. */
  functionName: string
  promptVersion: string
  /** Decides the price, and the day the call counts on. */
  at: Date
  /** The cap above which the answer was to be cheaper; null for none. */
  cap: Cap | null
}

/** Turns an answer into its log line and metrics, and returns what it adds to the day's totals. */
export type RecordUsage = (answer: ChatAnswer, call: UsageContext) => UsageTotals

export interface UsageRecorderDeps {
  log: Log
  register: MetricRegistry
  /** Those that may be asked. */
  models: readonly PricedModel[]
  /** Cost of a day, in roubles, above which the operator is notified. */
  budgetRubPerDay?: number
}

const keyOf = (provider: ModelProvider, model: string) => `${provider} ${model}`

/** Names of models warned about; a service that invents a new one each time must not fill the memory. */
const mostUnpriced = 20

/**
 * The one place where tokens become numbers: log line, metrics and totals come from the same values and cannot disagree.
 * Cost is exact: whole roubles per million tokens are whole micro-roubles per token, divided once at the end. A model
 * without a known price costs 0 and is warned about once, and so does an answer without usable token counts.
 */
export function createUsageRecorder({ log, register, models, budgetRubPerDay = 1000 }: UsageRecorderDeps): RecordUsage {
  const metricsOf = createUsageMetrics(register, budgetRubPerDay)
  const known = new Map(models.map(model => [keyOf(model.provider, model.model), { model, metrics: metricsOf(model) }]))
  const unpriced = new Set<string>()
  let isUnknownReported = false

  const modelOf = ({ provider, asked }: ChatAnswer) => {
    const found =
      known.get(keyOf(provider, asked)) ?? [...known.values()].find(({ model }) => model.provider === provider)
    if (found === undefined) throw new Error(`no model of ${provider} is configured`)
    return found
  }

  const pricePerToken = (model: PricedModel, answered: string, at: Date): number => {
    const price = model.priceAt(answered, at)
    if (price !== null) return price
    if (!unpriced.has(answered) && unpriced.size < mostUnpriced) {
      unpriced.add(answered)
      log.warn('setting_warning', {
        setting: model.setting,
        detail: 'no price is known for the answering model: its calls count as 0 roubles',
      })
    }
    return 0
  }

  const reportUnknown = (provider: ModelProvider) => {
    if (isUnknownReported) return
    isUnknownReported = true
    log.warn('schema_drift', {
      upstream: provider,
      operation: 'usage',
      detail: 'answers without usable token counts: their tokens and roubles are unknown and missing from every sum',
    })
  }

  return (answer, call) => {
    const { model, metrics } = modelOf(answer)
    const answered = model.nameOf(answer.model)
    const { promptTokens, completionTokens, precachedTokens, totalTokens } = answer.usage
    const billable = totalTokens ?? 0
    const costRub = (billable * pricePerToken(model, answered, call.at)) / 1e6
    log.info('llm_usage', {
      user_id: call.userId,
      call_number: call.callNumber,
      model: answered,
      request_model: answer.asked,
      // numbers in every line, for sums over lines; whether they are known stands beside them
      prompt_tokens: promptTokens ?? 0,
      completion_tokens: completionTokens ?? 0,
      precached_tokens: precachedTokens ?? 0,
      billable_tokens: billable,
      usage_known: totalTokens !== null,
      response_time_ms: answer.responseTimeMs,
      wait_ms: answer.waitMs,
      function_name: call.functionName,
      prompt_version: call.promptVersion,
      cost_rub: costRub,
      ...(call.cap !== null && { reason: call.cap }),
      at_ms: call.at.getTime(),
    })
    metrics.used({
      prompt: promptTokens,
      completion: completionTokens,
      precached: precachedTokens,
      billable,
      costRub,
    })
    if (totalTokens === null) {
      metrics.unknown()
      reportUnknown(answer.provider)
    }
    return { calls: 1, tokens: billable, costRub }
  }
}

export const noUsage: UsageTotals = { calls: 0, tokens: 0, costRub: 0 }

/** Sum without the drift of binary fractions: roubles are added as whole micro-roubles. */
export const addUsage = (a: UsageTotals, b: UsageTotals): UsageTotals => ({
  calls: a.calls + b.calls,
  tokens: a.tokens + b.tokens,
  costRub: (Math.round(a.costRub * 1e6) + Math.round(b.costRub * 1e6)) / 1e6,
})
