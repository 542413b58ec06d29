import { z } from 'zod'
import { createFaults } from '../../faults.ts'
import { type FakeVkusVillOptions, startFakeVkusVill } from '../fake-vkusvill.ts'

const ToolResult = z.object({ result: z.object({ content: z.tuple([z.object({ text: z.string() })]) }) })

/** Starts the fake on a free port, with a bare HTTP client that returns a tool's answer or its JSON-RPC error. */
export async function setupFakeVkusVill(options: Partial<FakeVkusVillOptions> = {}) {
  const faults = createFaults()
  const shop = await startFakeVkusVill({ faults, ...options })

  const post = (message: unknown, headers: Record<string, string> = {}) =>
    fetch(shop.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      body: typeof message === 'string' ? message : JSON.stringify(message),
    })

  const rpc = async (name: string, args?: unknown) => {
    const response = await post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } })
    return response.json()
  }

  const say = async (name: string, args?: unknown) =>
    JSON.parse(ToolResult.parse(await rpc(name, args)).result.content[0].text)

  return { ...shop, faults, post, rpc, say }
}
