import { once } from 'node:events'
import express, { type ErrorRequestHandler, type Router } from 'express'
import { type Faults, withFaults } from '../faults.ts'
import { validate } from './argument-validation.ts'
import { type BasketView, viewBasket } from './basket-view.ts'
import { type BasketLine, createBaskets } from './baskets.ts'
import { catalogue } from './catalogue.ts'
import { withLostSession } from './lost-session.ts'
import { createMcpEndpoint, type McpAnswer, RpcError, rpcFailure } from './mcp-endpoint.ts'
import { createRateLimit } from './rate-limit.ts'
import { envelope, rateLimited } from './tool-answer.ts'
import { type ToolDescription, toolDescriptions } from './tool-schemas.ts'
import { createTools } from './tools.ts'

export interface FakeVkusVillOptions {
  faults: Faults
  /** Sessions by `mcp-session-id`, as the shop had until mid-2026; without, every request stands alone. */
  stateful?: boolean
  /** Answers as an event stream instead of JSON. */
  sse?: boolean
  /** Tool calls one address may make in a minute before `rate_limited`. */
  ratePerMinute?: number | undefined
  now?: () => Date
  /** The tools that tools/list reports, for a shop whose schemas have drifted. Calls are still checked against the usual ones. */
  tools?: readonly ToolDescription[]
  /** Tools on one page of tools/list. */
  toolsPageSize?: number
}

interface ToolCall {
  tool: string
  args: Record<string, unknown>
}

export interface FakeVkusVill {
  /** To be mounted at `/mcp`. */
  router: Router
  /** The last thousand tool calls, refused ones included, oldest first. */
  calls: readonly ToolCall[]
  /** Baskets behind the links, by the number in the link. */
  baskets: ReadonlyMap<string, readonly BasketLine[]>
  /** The basket behind a link as the shop's page shows it; null for one that was not made here. */
  basketView(number: string): BasketView | null
  /** Clears calls, baskets, sessions and rate counters. */
  reset(): void
}

const rememberedCalls = 1_000
const byXmlId = new Map(catalogue.map(product => [product.xmlId, product]))

/** A fake of VkusVill's MCP server that speaks the real protocol. Faults come from the sandbox; the goods from the catalogue. */
export function createFakeVkusVill(options: FakeVkusVillOptions): FakeVkusVill {
  const { faults, now = () => new Date(), ratePerMinute = 600, tools = toolDescriptions } = options
  const calls: ToolCall[] = []
  const baskets = createBaskets()
  const limit = createRateLimit(ratePerMinute, now)
  const handlers = createTools({ products: catalogue, baskets, now })

  function callTool(client: string, tool: string, args: Record<string, unknown>): McpAnswer {
    calls.push({ tool, args })
    if (calls.length > rememberedCalls) calls.shift()
    const handler = handlers[tool]
    const schema = toolDescriptions.find(({ name }) => name === tool)?.inputSchema
    if (handler === undefined || schema === undefined) throw new RpcError(-32602, `Tool '${tool}' not found.`)
    const errors = validate(args, schema)
    if (errors.length > 0) {
      const reasons = errors.map(({ pointer, message }) =>
        pointer === '/' ? message : `Property '${pointer}': ${message}`,
      )
      throw new RpcError(-32602, `Invalid parameters for tool '${tool}': ${reasons.join('; ')}`, {
        validation_errors: errors,
      })
    }
    return envelope(limit.take(client) ? handler(args) : rateLimited())
  }

  const endpoint = createMcpEndpoint({
    tools,
    callTool,
    stateful: options.stateful ?? false,
    sse: options.sse ?? false,
    toolsPageSize: options.toolsPageSize ?? tools.length,
  })

  const router = express.Router()
  router.use(withFaults(faults, 'shop', refusal))
  router.use(express.json({ limit: '1mb', type: () => true }), unreadable)
  router.use(withLostSession(faults))
  router.use(endpoint.handle)

  return {
    router,
    calls,
    baskets: baskets.baskets,
    basketView(number) {
      const basket = baskets.baskets.get(number)
      return basket === undefined ? null : viewBasket(basket, byXmlId)
    },
    reset() {
      calls.length = 0
      baskets.baskets.clear()
      limit.reset()
      endpoint.reset()
    },
  }
}

/** Listens on a free port of this machine. */
export async function startFakeVkusVill(options: FakeVkusVillOptions) {
  const fake = createFakeVkusVill(options)
  const server = express().use('/mcp', fake.router).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    ...fake,
    url: `http://127.0.0.1:${port}/mcp`,
    async close(): Promise<void> {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** The HTTP layer's refusals: HTML of the anti-bot guard or of a proxy, never JSON. */
function refusal(status: number): { headers?: Record<string, string>; body: string } {
  const page = (title: string, text: string) =>
    `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${title}</h1><p>${text}</p></body></html>`
  switch (status) {
    case 403:
      return {
        headers: { server: 'QRATOR' },
        body: page('403 Forbidden', 'Access to the site is denied. Qrator HTTP check, request id 0.'),
      }
    case 429:
      return { headers: { 'retry-after': '60' }, body: page('429 Too Many Requests', 'nginx') }
    default:
      return { headers: { server: 'nginx' }, body: page(`${status} Error`, 'nginx') }
  }
}

const unreadable: ErrorRequestHandler = (_err, _req, res, _next) =>
  void res.status(400).send(rpcFailure(-32700, 'Parse error'))
