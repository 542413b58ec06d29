import { readdirSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { createAggregatorMetrics } from '../../../src/analytics/metrics.ts'
import { createCapMetrics } from '../../../src/assistant/cap-metrics.ts'
import { createDialogueMetrics } from '../../../src/assistant/dialogue/metrics.ts'
import { createBalanceMetrics } from '../../../src/assistant/gigachat/balance-watch.ts'
import { createAssistantMetrics } from '../../../src/assistant/metrics.ts'
import { modelProviders } from '../../../src/assistant/model/chat-model.ts'
import { createFallbackMetrics } from '../../../src/assistant/model/fallback-model.ts'
import { createClientMetrics, createUsageMetrics } from '../../../src/assistant/model/metrics.ts'
import { createPrompts } from '../../../src/assistant/prompts.ts'
import { createDbMetrics, createStandbyMetrics } from '../../../src/db/metrics.ts'
import { createEventMetrics } from '../../../src/events/metrics.ts'
import { createServiceMetrics } from '../../../src/http/service-metrics.ts'
import { toTextFormat } from '../../../src/http/text-format.ts'
import { createReconciliationMetrics } from '../../../src/reconcile/metrics.ts'
import { createQueryMetrics } from '../../../src/reconcile/query-client.ts'
import { createShopMetrics } from '../../../src/shop/metrics.ts'
import { createApiMetrics } from '../../../src/telegram/api/metrics.ts'
import { createRatingMetrics } from '../../../src/telegram/chat/rating-metrics.ts'
import { createUpdateMetrics } from '../../../src/telegram/metrics.ts'
import { createQueueMetrics } from '../../../src/telegram/queue/metrics.ts'
import { createInboxMetrics } from '../../../src/telegram/updates/inbox-metrics.ts'
import { evaluatedHere } from '../../../src/telemetry/alerts/catalogue/catalogue.ts'
import { createDeliveryMetrics } from '../../../src/telemetry/alerts/delivery/metrics.ts'
import { createFiringMetrics } from '../../../src/telemetry/alerts/firing-metrics.ts'
import { createLogMetrics } from '../../../src/telemetry/log-metrics.ts'
import { createRegistry } from '../../../src/telemetry/registry.ts'
import { noShipping } from '../../../src/telemetry/shipping-stats.ts'
import { addScrapeLabels, type KnownSeries, readSeries } from '../../../test/support/promql.ts'

const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ record: z.string().optional() })) })),
})

/** Recording rules of prometheus/rules, which all keep the label `env` and no other. */
const recorded = (): string[] =>
  readdirSync('prometheus/rules').flatMap(file =>
    Rules.parse(parse(readFileSync(`prometheus/rules/${file}`, 'utf8'))).groups.flatMap(({ rules }) =>
      rules.flatMap(({ record }) => (record === undefined ? [] : [record])),
    ),
  )

/**
 * Everything PromQL may ask for: what the metric factories of the code make, what Prometheus adds, records and alerts. Read
 * in the root folder of the repository.
 */
export async function knownSeries(): Promise<KnownSeries> {
  const known = addScrapeLabels(readSeries(await scrapeOfTheFactories()), ['bot', 'prometheus', 'alertmanager', 'loki'])
  for (const name of recorded()) known.set(name, new Map([['env', new Set<string>()]]))
  const alertLabels = ['alertname', 'alertstate', 'severity', 'component', 'env']
  known.set('ALERTS', new Map(alertLabels.map(label => [label, new Set<string>()])))
  return known
}

/** What a bot that has done nothing yet shows at `/metrics`. */
export async function scrapeOfTheFactories(): Promise<string> {
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  const now = () => new Date()
  createAggregatorMetrics(register, now, () => 0)
  createApiMetrics(register)
  createAssistantMetrics(register)
  const clientMetrics = createClientMetrics(register)
  for (const provider of modelProviders) clientMetrics({ provider, model: provider })
  createDbMetrics(register)
  createStandbyMetrics(register)
  createDeliveryMetrics(register)
  createDialogueMetrics(register)
  createFallbackMetrics(register)
  createFiringMetrics(register, [...evaluatedHere.keys()])
  createEventMetrics(register, { waiting: () => ({ disk: 0, memory: 0 }), heldUsers: () => 0 })
  createLogMetrics(register, () => ({ written: noLines, shipping: noShipping() }), true, now)
  createQueryMetrics(register)
  createRatingMetrics(register)
  createReconciliationMetrics(register)
  createPrompts({ tools: [], timeZone: 'UTC', sessionKey: String, register })
  createServiceMetrics({
    register,
    version: '0',
    checks: ['postgres', 'events', 'telegram', 'shop'],
    problems: async () => [],
  })
  createShopMetrics(register)
  createInboxMetrics(register)
  createQueueMetrics({
    register,
    streams: () => ({ size: 1, held: 0, waiting: 0, ofNew: null, everyMs: 0 }),
    waitingUsers: { count: () => 0, oldestMs: () => 0 },
  })
  createUpdateMetrics(register, now)
  const usageMetrics = createUsageMetrics(register, 1)
  for (const provider of modelProviders) usageMetrics({ provider, model: provider })
  createCapMetrics(register, () => 0)
  for (const gauge of Object.values(createBalanceMetrics(register))) gauge.set({ model: 'GigaChat-2-Max' }, 0)
  return toTextFormat(await register.metrics())
}

const noLines = { debug: 0, info: 0, warn: 0, error: 0, fatal: 0 }
