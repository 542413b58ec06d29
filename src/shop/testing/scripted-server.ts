import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { z } from 'zod'

const Rpc = z.looseObject({
  id: z.number().optional(),
  method: z.string(),
  params: z.looseObject({ name: z.string().optional() }).optional(),
})

/** One request as the server saw it, and the response to be written. */
export interface ScriptedExchange {
  id: number
  method: string
  tool: string | undefined
  params: unknown
  headers: IncomingHttpHeaders
  res: ServerResponse
}
export type Script = (exchange: ScriptedExchange) => void

export interface Scripts {
  initialize?: Script
  initialized?: Script
  /** Answers tools/call and tools/list. */
  call: Script
}

/** Starts an MCP server that answers by scripts of the test. */
export async function startScriptedServer(scripts: Scripts) {
  const seen: ScriptedExchange[] = []
  const httpMethods: string[] = []
  const server = createServer(async (req, res) => {
    httpMethods.push(req.method ?? '')
    const { id = -1, method, params } = Rpc.parse(JSON.parse(await text(req)))
    const exchange = { id, method, tool: params?.name, params, headers: req.headers, res }
    seen.push(exchange)
    if (method === 'initialize') return (scripts.initialize ?? sayInitialized)(exchange)
    if (method === 'notifications/initialized') return (scripts.initialized ?? accept)(exchange)
    scripts.call(exchange)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    httpMethods,
    methods: () => seen.map(exchange => exchange.method),
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

export function sayInitialized({ id, res }: ScriptedExchange, headers: Record<string, string> = {}): void {
  const result = { protocolVersion: '2025-03-26', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }
  sayJson(res, { jsonrpc: '2.0', id, result }, headers)
}

const accept: Script = ({ res }) => void res.writeHead(202).end()

export function sayJson(res: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  res.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

export const say =
  (status: number, type: string, body: string, headers: Record<string, string> = {}): Script =>
  ({ res }) =>
    void res.writeHead(status, { 'content-type': type, ...headers }).end(body)

/** A `tools/call` answer with this result object. */
export const sayResult =
  (result: unknown): Script =>
  ({ id, res }) =>
    sayJson(res, { jsonrpc: '2.0', id, result })

/** A `tools/call` answer whose text holds `payload`. */
export const sayTool = (payload: unknown): Script => sayResult(toolResult(payload))

export const toolResult = (payload: unknown) => ({
  content: [{ type: 'text', text: typeof payload === 'string' ? payload : JSON.stringify(payload) }],
  isError: false,
})

export const milk = { id: 173, xml_id: 173, name: 'Молоко 3,2%', price: { current: 93, currency: 'RUB' }, unit: 'шт' }
export const milkPage = { ok: true, data: { meta: { total: 1 }, items: [milk] } }
