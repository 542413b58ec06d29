import { setMaxListeners } from 'node:events'
import { AppError, McpError, RateLimitError } from '../errors.ts'
import { createOutboundAgent, type ProxySettings } from '../process/outbound.ts'
import type { RedisScripts } from '../process/redis-scripts.ts'
import type { Sleep } from '../process/sleep.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { createCachedCalls } from './cached-calls.ts'
import { createCallHealth } from './call-health.ts'
import { cartItems } from './cart-items.ts'
import { type Affiliate, parseCartLink } from './cart-link.ts'
import { createClosingSleep } from './closing-sleep.ts'
import { parseDetails } from './details-parser.ts'
import { createMcpCaller, type McpCaller } from './mcp-caller.ts'
import { createMcpConnection } from './mcp-connection.ts'
import { createMcpFetch } from './mcp-fetch.ts'
import { createShopMetrics } from './metrics.ts'
import { createRateLimiter } from './rate-limiter.ts'
import { foodOnly } from './relevance.ts'
import { findDrift, type ListedTool, parseToolPage } from './schema-check.ts'
import { parseSearch, type SearchPage } from './search-parser.ts'
import { cleanQuery } from './search-query.ts'
import { createSharedPace } from './shared-pace.ts'
import type { ProductDetails, Shop } from './shop.ts'
import { createShopBreaker, isCircuitOpen } from './shop-breaker.ts'
import { cartArguments, detailsArguments, maxProductId, searchArguments } from './tools.ts'

const hourMs = 3_600_000
/** So long a window holds no more than the calls of a minute: in a minute come those of it that arrive a second late. */
const minuteMs = 61_000

/** Limits for the real shop, whose own ones are unpublished and known to be strict. Tests override them. */
const defaultShopLimits = {
  timeoutMs: 20_000,
  maxAnswerBytes: 2_000_000,
  perSecond: 1,
  burst: 4,
  maxQueueWaitMs: 20_000,
  cacheTtlMs: 3 * hourMs,
  /** Shorter, since an empty result may be a transient failure of the shop. */
  emptyResultTtlMs: hourMs / 6,
  cachedSearches: 5_000,
  cachedDetails: 2_000,
  /** Bound of each of the two caches: above the size of real pages and cards, and within the heap. */
  cachedCharacters: 10_000_000,
  retries: { count: 2, pauseMs: 500, budgetMs: 30_000 },
  circuit: { failures: 5, failureOpenMs: 15_000, rateLimitOpenMs: 60_000, maxOpenMs: 900_000 },
}
export type ShopLimits = typeof defaultShopLimits

export interface ShopDeps {
  mcpUrl: string
  proxy?: ProxySettings | undefined
  log: Log
  register: MetricRegistry
  now: () => Date
  version?: string
  /** The partner mark put on cart links. */
  affiliate?: Affiliate | undefined
  /** Shares the pace between processes; without it this one has it for itself. */
  redis?: RedisScripts | undefined
  sleep?: Sleep
  /** A clock that is never set; 0 is the start of the process. */
  elapsedMs?: (() => number) | undefined
  /** In [0, 1): jitter of the pauses before retries. */
  random?: () => number
  limits?: Partial<ShopLimits>
}

/** Creates the client of VkusVill's MCP server. Opens no connection before the first call. */
export function createShop(deps: ShopDeps): Shop {
  const { log, now, version = '0' } = deps
  const limits = { ...defaultShopLimits, ...deps.limits }
  const closing = new AbortController()
  // every call in the queue or in flight listens to it, so the warning about leaks does not apply
  setMaxListeners(0, closing.signal)
  const sleep = deps.sleep ?? createClosingSleep(closing.signal)
  const metrics = createShopMetrics(deps.register)
  const connection = createMcpConnection({
    url: deps.mcpUrl,
    version,
    closed: closing.signal,
    fetch: createMcpFetch({
      timeoutMs: limits.timeoutMs,
      maxBytes: limits.maxAnswerBytes,
      userAgent: `vkusvill-bot/${version}`,
      agent: createOutboundAgent({ proxy: deps.proxy }),
      now,
    }),
  })
  const { perSecond, burst, maxQueueWaitMs: maxWaitMs } = limits
  const window = { calls: Math.max(burst, Math.round(60 * perSecond)), ms: minuteMs }
  const pace = { perSecond, burst, window, maxWaitMs, sleep }
  const { elapsedMs = () => performance.now() } = deps
  const own = createRateLimiter({ ...pace, elapsedMs, knowsEarlier: deps.redis !== undefined })
  const shared = deps.redis && createSharedPace({ ...pace, redis: deps.redis, own })
  const breaker = createShopBreaker({
    ...limits.circuit,
    now,
    onOpen: (reason, openMs) => {
      metrics.circuitOpen(new Date(now().getTime() + openMs))
      log.warn('circuit_opened', { upstream: 'shop', delay_ms: openMs, reason })
      if (reason === 'rate_limited') void shared?.pause(openMs)
    },
    onClose: () => metrics.circuitOpen(null),
  })
  const health = createCallHealth(now)
  const caller = createMcpCaller({
    connection,
    takeTurn: shared?.takeTurn ?? own,
    breaker,
    health,
    metrics,
    log,
    now,
    sleep,
    random: deps.random ?? Math.random,
    retries: limits.retries,
  })
  const searches = createCachedCalls<SearchPage>({
    max: limits.cachedSearches,
    maxCharacters: limits.cachedCharacters,
    ttlMs: page => (page.products.length > 0 ? limits.cacheTtlMs : limits.emptyResultTtlMs),
    now,
    onRequest: result => metrics.cache('vkusvill_products_search', result),
  })
  const cards = createCachedCalls<ProductDetails>({
    max: limits.cachedDetails,
    maxCharacters: limits.cachedCharacters,
    ttlMs: () => limits.cacheTtlMs,
    now,
    onRequest: result => metrics.cache('vkusvill_product_details', result),
  })

  return {
    async search(query, { sort = 'popularity' } = {}) {
      const q = cleanQuery(query)
      if (q === '') throw new McpError('empty_input', 'an empty query', false)
      const { total, products } = await searches(`${sort} ${q.toLowerCase()}`, async () => {
        const page = await caller.repeatable({
          tool: 'vkusvill_products_search',
          args: searchArguments(q, sort),
          read: parseSearch,
        })
        metrics.itemsSkipped(page.skipped)
        return page
      })
      return { query: q, total, products: foodOnly(q, products) } // the products are read-only, the list is the caller's
    },
    async details(id) {
      if (!Number.isInteger(id) || id < 1 || id > maxProductId)
        throw new McpError('invalid_product', 'not a product id', false)
      const card = await cards(String(id), () =>
        caller.repeatable({ tool: 'vkusvill_product_details', args: detailsArguments(id), read: parseDetails }),
      )
      return structuredClone(card)
    },
    async createCart(items, { waitMs = 0, signal } = {}) {
      const args = cartArguments(cartItems(items))
      const read = (data: unknown) => parseCartLink(data, deps.affiliate)
      let restMs = waitMs
      for (;;) {
        try {
          return await caller.once({ tool: 'vkusvill_cart_link_create', args, read })
        } catch (err) {
          // a refused call was not sent, so it may be made later; one that was sent may have made a cart
          if (!isCircuitOpen(err)) throw err
          const pauseMs = Math.max(breaker.retryInMs(), err instanceof RateLimitError ? (err.retryAfterMs ?? 0) : 0)
          if (pauseMs > restMs) throw err
          restMs -= pauseMs
          await sleep(pauseMs, signal)
          signal?.throwIfAborted()
        }
      }
    },
    async checkSchemas() {
      try {
        const drifts = findDrift(await listAllTools(caller))
        for (const { tool, detail } of drifts) log.warn('schema_drift', { upstream: 'shop', operation: tool, detail })
        return drifts.map(drift => drift.tool)
      } catch (err) {
        if (!(err instanceof AppError)) throw err
        log.warn('upstream_failed', { upstream: 'shop', operation: 'tools_list', err, error_name: err.name })
        return []
      }
    },
    problem: () => (breaker.isOpen() ? 'left alone after failures (circuit open)' : health.problem()),
    async close() {
      closing.abort()
    },
  }
}

/** Bound for a server that never stops paging. */
const maxToolPages = 20

async function listAllTools(caller: McpCaller): Promise<ListedTool[]> {
  const tools: ListedTool[] = []
  let cursor: string | undefined
  for (let pages = 0; pages < maxToolPages; pages += 1) {
    const page = parseToolPage(await caller.listTools(cursor))
    tools.push(...page.tools)
    cursor = page.nextCursor
    if (cursor === undefined) break
  }
  return tools
}
