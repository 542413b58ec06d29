import { randomUUID } from 'node:crypto'
import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import type { Request as ExpressRequest, Response as ExpressResponse } from 'express'
import type { ToolDescription } from './tool-schemas.ts'

/** The result of a tool call as it goes over the wire; throws RpcError for a JSON-RPC error. */
type CallTool = (client: string, tool: string, args: Record<string, unknown>) => McpAnswer
export type McpAnswer = { content: { type: 'text'; text: string }[]; isError: boolean }

/** Becomes the `error` member of the JSON-RPC answer. The SDK's own class would put its name before the message. */
export class RpcError extends Error {
  readonly code: number
  readonly data: unknown
  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

interface EndpointOptions {
  tools: readonly ToolDescription[]
  callTool: CallTool
  stateful: boolean
  sse: boolean
  /** Tools on one page of tools/list. */
  toolsPageSize: number
}

const mostSessions = 1_000

/**
 * Speaks MCP over HTTP with the official SDK's server. Stateless, every request gets a server of its own and needs no `initialize`;
 * stateful, the client must keep its `mcp-session-id`. What the client accepts is not looked at, as the shop does not.
 */
export function createMcpEndpoint(options: EndpointOptions) {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>()

  async function open(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport: WebStandardStreamableHTTPServerTransport = new WebStandardStreamableHTTPServerTransport({
      enableJsonResponse: !options.sse,
      ...(options.stateful && {
        sessionIdGenerator: randomUUID,
        onsessioninitialized: id => remember(id, transport),
      }),
    })
    await createServer(options).connect(transport)
    return transport
  }

  function remember(id: string, transport: WebStandardStreamableHTTPServerTransport) {
    sessions.set(id, transport)
    const [oldest] = sessions.keys()
    if (sessions.size > mostSessions && oldest !== undefined) sessions.delete(oldest)
  }

  return {
    async handle(req: ExpressRequest, res: ExpressResponse): Promise<void> {
      if (req.method !== 'POST' && !(req.method === 'DELETE' && options.stateful)) {
        res.status(405).set('allow', 'POST').send(rpcFailure(-32000, 'Method not allowed'))
        return
      }
      const sessionId = req.get('mcp-session-id')
      const transport = options.stateful && sessionId !== undefined ? sessions.get(sessionId) : await open()
      if (transport === undefined) {
        res.status(404).send(rpcFailure(-32001, 'Session not found'))
        return
      }
      const response = await transport.handleRequest(webRequest(req), { parsedBody: req.body })
      await send(response, res)
      if (!options.stateful) await transport.close()
    },
    /** Drops all sessions: clients get 404 and must initialise again. */
    reset: () => sessions.clear(),
  }
}

export const rpcFailure = (code: number, message: string) => ({ jsonrpc: '2.0', error: { code, message }, id: null })

function createServer({ tools, callTool, sse, toolsPageSize }: EndpointOptions): Server {
  const server = new Server(
    { name: 'vkusvill-mcp', version: '1.0.0' },
    { capabilities: { tools: {}, ...(sse && { logging: {} }) } },
  )
  server.setRequestHandler(ListToolsRequestSchema, ({ params }) => {
    const start = Number(params?.cursor ?? 0)
    const end = start + toolsPageSize
    return { tools: tools.slice(start, end), ...(end < tools.length && { nextCursor: String(end) }) }
  })
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { requestInfo, sendNotification }) => {
    // A stream may carry other messages before the answer; clients must not take the first for it.
    if (sse)
      await sendNotification({ method: 'notifications/message', params: { level: 'info', data: 'call received' } })
    return callTool(String(requestInfo?.headers['x-client']), params.name, params.arguments ?? {})
  })
  return server
}

/** The SDK insists on both media types; the shop answers whatever is accepted. */
function webRequest(req: ExpressRequest): Request {
  const headers = new Headers({
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'x-client': req.ip ?? 'unknown',
  })
  for (const name of ['mcp-session-id', 'mcp-protocol-version']) {
    const value = req.get(name)
    if (value !== undefined) headers.set(name, value)
  }
  return new Request('http://shop.local/mcp', { method: req.method, headers })
}

async function send(response: Response, res: ExpressResponse): Promise<void> {
  res.status(response.status).set(Object.fromEntries(response.headers))
  for await (const chunk of response.body ?? []) res.write(chunk)
  res.end()
}
