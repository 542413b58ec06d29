import { createAssistantMetrics } from '../src/assistant/metrics.ts'
import { createClientMetrics, createUsageMetrics } from '../src/assistant/model/metrics.ts'
import { createDbMetrics } from '../src/db/metrics.ts'
import { createEventMetrics } from '../src/events/metrics.ts'
import { createShopMetrics } from '../src/shop/metrics.ts'
import { createApiMetrics } from '../src/telegram/api/metrics.ts'
import { createUpdateMetrics } from '../src/telegram/metrics.ts'
import { createRegistry } from '../src/telemetry/registry.ts'
import { withRequestContext } from '../src/telemetry/request-context.ts'

/** Returns a function that counts `updates` updates and says how many µs one took. */
export function createUpdateMeasurement(updates: number): () => number {
  const countUpdate = createUpdateCounting()
  return () => {
    const begun = performance.now()
    for (let update = 0; update < updates; update++) {
      withRequestContext({ requestId: 'ABCDEFGHJKMN', userId: update }, () => countUpdate(update))
    }
    return ((performance.now() - begun) * 1000) / updates
  }
}

/** What a message counts that takes two model calls, two searches, one of them cached, and a cart. */
function createUpdateCounting(): (userId: number) => void {
  const register = createRegistry({ serviceName: 'bench', env: 'bench' })
  const updates = createUpdateMetrics(register, () => new Date())
  const api = createApiMetrics(register)
  const model = { provider: 'gigachat', model: 'GigaChat-2-Max' } as const
  const client = createClientMetrics(register)(model)
  const usage = createUsageMetrics(register, 1000)(model)
  const assistant = createAssistantMetrics(register)
  const shop = createShopMetrics(register)
  const db = createDbMetrics(register)
  const events = createEventMetrics(register, { waiting: () => ({ disk: 0, memory: 0 }), heldUsers: () => 0 })
  const search = 'vkusvill_products_search'
  const cart = 'vkusvill_cart_link_create'

  return userId => {
    updates.seen(userId)
    api.call('sendMessageDraft', 'ok', 0.05)
    for (let call = 0; call < 2; call++) {
      client.load(1, 0)
      client.answered(1.8)
      client.load(0, 0)
      usage.used({ prompt: 2310, completion: 144, precached: 1800, billable: 2454, costRub: 1.5951 })
    }
    for (const tool of [search, search, cart]) {
      assistant.toolCalls.inc({ tool, outcome: 'ok' })
      assistant.toolDuration.observe({ tool }, 0.4)
    }
    shop.cache(search, 'hit')
    shop.cache(search, 'miss')
    for (const tool of [search, cart] as const) {
      shop.limiterWait(0)
      shop.callDuration(tool, 0.3)
      shop.call(tool, 'ok')
    }
    assistant.steps.observe(2)
    assistant.carts.inc({ scenario: 'search' })
    for (const event_type of ['session_start', 'product_search', 'cart_created']) events.recorded.inc({ event_type })
    for (let query = 0; query < 6; query++) db.duration.observe({ query: 'record_facts' }, 0.003)
    events.batchFacts.set(1)
    api.call('sendMessage', 'ok', 0.08)
    updates.handled('message', 'answered', 4.2)
  }
}
