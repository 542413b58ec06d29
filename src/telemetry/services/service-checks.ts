import type { Upstream } from '../../errors.ts'
import { type CallCounts, createCallJudge } from './call-judge.ts'
import type { MetricSums } from './metric-sums.ts'
import type { ServiceCheck, ServiceReading } from './service-watch.ts'

export interface ServiceChecksDeps {
  metrics: MetricSums
  /** Asks a service; rejects when it does not answer. Those left out are not used. */
  probes: Partial<Record<'postgres' | 'redis' | 'prometheus', () => Promise<unknown>>>
  /** The models in use, in the order in which they are asked. */
  models: readonly ('gigachat' | 'openai')[]
  /** Lines are shipped to Loki. */
  ships: boolean
}

/** Outcomes of calls that say nothing against the service: it answered, or was not asked. */
const notFailures = ['ok', 'refused', 'rejected', 'blocked', 'moot', 'aborted', 'not_sent']

/** How each service in use is looked at: asked where that is free, else judged by the calls that the bot makes anyway. */
export function createServiceChecks({ metrics, probes, models, ships }: ServiceChecksDeps): ServiceCheck[] {
  const byCalls = (name: Upstream, read: () => Promise<CallCounts>): ServiceCheck => ({
    name,
    read: createCallJudge(read),
  })
  const byOutcome = (name: Upstream, metric: string): ServiceCheck =>
    byCalls(name, async () => {
      const counts = await metrics.by(metric, 'outcome')
      const failed = Object.fromEntries(Object.entries(counts).filter(([outcome]) => !notFailures.includes(outcome)))
      return { ok: (counts.ok ?? 0) + (counts.refused ?? 0), failed }
    })
  const byAnswers = (name: 'gigachat' | 'openai'): ServiceCheck => {
    const service = { gen_ai_provider_name: name }
    return byCalls(name, async () => ({
      ok: (await metrics.sum('gen_ai_client_operation_duration_seconds', { ...service, error_type: '' }, 'count')) ?? 0,
      failed: await metrics.by('bot_llm_failures_total', 'reason', service),
    }))
  }
  const asked = (name: 'postgres' | 'redis' | 'prometheus'): ServiceCheck[] => {
    const probe = probes[name]
    if (probe === undefined) return []
    const read = async (): Promise<ServiceReading> => {
      await probe()
      return { light: 'ok', cause: null }
    }
    return [{ name, read }]
  }
  return [
    ...asked('postgres'),
    ...asked('redis'),
    byOutcome('telegram', 'bot_telegram_calls_total'),
    ...models.map(byAnswers),
    byOutcome('shop', 'bot_shop_calls_total'),
    ...(ships ? [byOutcome('loki', 'bot_log_push_total')] : []),
    ...asked('prometheus'),
  ]
}
