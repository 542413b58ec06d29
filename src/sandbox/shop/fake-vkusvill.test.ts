import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterEach, describe, expect, test } from 'vitest'
import type { FaultRequest } from '../faults.ts'
import type { FakeVkusVillOptions } from './fake-vkusvill.ts'
import { setupFakeVkusVill } from './testing/setup-fake-vkusvill.ts'
import { toolDescriptions } from './tool-schemas.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function setup(options: Partial<FakeVkusVillOptions> = {}) {
  const shop = await setupFakeVkusVill(options)
  closers.push(shop.close)
  return shop
}

async function connect(url: string) {
  const transport = new StreamableHTTPClientTransport(new URL(url))
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(transport)
  closers.push(() => client.close())
  return { client, transport }
}

const callOf = (name: string, args: unknown, id = 1) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: args },
})
const searchCall = callOf('vkusvill_products_search', { q: 'молоко' })
const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'test', version: '1.0.0' } },
}

describe.each([
  ['stateless JSON', {}],
  ['stateless streams', { sse: true }],
  ['sessions and JSON', { stateful: true }],
  ['sessions and streams', { stateful: true, sse: true }],
] satisfies [string, Partial<FakeVkusVillOptions>][])('the official client, over %s,', (_, style) => {
  test('lists the ten tools with their schemas', async () => {
    const { client } = await connect((await setup(style)).url)

    const { tools } = await client.listTools()

    expect(tools).toEqual(JSON.parse(JSON.stringify(toolDescriptions)))
    expect(tools).toHaveLength(10)
  })

  test('gets an answer as pretty-printed JSON in a text', async () => {
    const { client } = await connect((await setup(style)).url)

    const result = await client.callTool({ name: 'vkusvill_products_search', arguments: { q: 'молоко' } })

    expect(result).toEqual({
      content: [{ type: 'text', text: expect.stringMatching(/^\{\n {4}"ok": true/) }],
      isError: false,
    })
  })

  test('gets wrong arguments back as a JSON-RPC error', async () => {
    const { client } = await connect((await setup(style)).url)

    await expect(client.callTool({ name: 'vkusvill_product_details', arguments: { id: 0 } })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining("Invalid parameters for tool 'vkusvill_product_details': Property '/id': "),
      data: { validation_errors: [{ pointer: '/id', keyword: 'minimum', message: expect.any(String) }] },
    })
  })

  test('gets an error for a tool that does not exist', async () => {
    const { client } = await connect((await setup(style)).url)

    await expect(client.callTool({ name: 'vkusvill_order', arguments: {} })).rejects.toMatchObject({ code: -32602 })
  })
})

describe('without sessions', () => {
  test.each(['application/json', 'text/event-stream', '*/*'])('a bare call accepting %s gets JSON', async accept => {
    const { post } = await setup()

    const response = await post(searchCall, { accept })

    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(response.headers.get('mcp-session-id')).toBeNull()
    expect(await response.json()).toMatchObject({ id: 1, result: { isError: false } })
  })

  test('a refusal of a tool is not an error of the envelope', async () => {
    const { rpc, say } = await setup()

    expect(await rpc('vkusvill_cart_link_create', { products: [] })).toMatchObject({ result: { isError: false } })
    expect(await say('vkusvill_cart_link_create', { products: [] })).toMatchObject({
      ok: false,
      error: { code: 'empty_input' },
    })
  })

  test('a call without arguments is checked as an empty object', async () => {
    const { rpc } = await setup()

    expect(await rpc('vkusvill_product_details')).toMatchObject({
      error: { code: -32602, data: { validation_errors: [{ pointer: '/', keyword: 'required' }] } },
    })
  })

  test('a notification is accepted without a body', async () => {
    const { post } = await setup()

    const response = await post({ jsonrpc: '2.0', method: 'notifications/initialized' })

    expect([response.status, await response.text()]).toEqual([202, ''])
  })

  test.each(['GET', 'DELETE', 'PUT'])('%s is not allowed', async method => {
    const { url } = await setup()

    const response = await fetch(url, { method })

    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test.each([['{"jsonrpc":'], ['{"hello":"world"}']])('%s is a parse error', async body => {
    const { post } = await setup()

    const response = await post(body)

    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32700 }, id: null })
  })
})

describe('with sessions', () => {
  test('a call needs the session of the handshake', async () => {
    const { post } = await setup({ stateful: true })

    const session = (await post(initialize)).headers.get('mcp-session-id') ?? ''
    const withIt = await post(searchCall, { 'mcp-session-id': session })
    const without = await post(searchCall)
    const withAnother = await post(searchCall, { 'mcp-session-id': 'another' })

    expect(session).not.toBe('')
    expect([withIt.status, without.status, withAnother.status]).toEqual([200, 400, 404])
  })

  test('after a reset the old session is unknown', async () => {
    const { post, reset } = await setup({ stateful: true })
    const session = (await post(initialize)).headers.get('mcp-session-id') ?? ''

    reset()

    expect((await post(searchCall, { 'mcp-session-id': session })).status).toBe(404)
  })

  test('the oldest of more than a thousand sessions expires', async () => {
    const { post } = await setup({ stateful: true })
    const open = async () => (await post(initialize)).headers.get('mcp-session-id') ?? ''

    const [first, second] = [await open(), await open()]
    for (let i = 0; i < 999; i++) await open()
    const statuses = [first, second].map(async id => (await post(searchCall, { 'mcp-session-id': id })).status)

    expect(await Promise.all(statuses)).toEqual([404, 200])
  })

  test('a client can end its session', async () => {
    const { url, post } = await setup({ stateful: true })
    const { client, transport } = await connect(url)
    const session = transport.sessionId ?? ''

    await transport.terminateSession()

    expect((await post(searchCall, { 'mcp-session-id': session })).status).toBe(404)
    await expect(client.listTools()).rejects.toThrow()
  })
})

test('a stream carries another message before the answer', async () => {
  const { post } = await setup({ sse: true })

  const response = await post(searchCall)
  const messages = (await response.text()).match(/^data: .*$/gm)?.map(line => JSON.parse(line.slice(6)))

  expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
  expect(messages).toMatchObject([{ method: 'notifications/message' }, { id: 1, result: { isError: false } }])
})

test('tools may come in pages, and other than usual', async () => {
  const tools = toolDescriptions.slice(0, 3).map(tool => ({ ...tool, name: `${tool.name}_v2` }))
  const { client } = await connect((await setup({ tools, toolsPageSize: 2 })).url)

  const first = await client.listTools()
  const second = await client.listTools({ cursor: first.nextCursor ?? '' })

  expect([first, second].map(page => page.tools.length)).toEqual([2, 1])
  expect(second.nextCursor).toBeUndefined()
  expect(second.tools[0]?.name).toBe('vkusvill_cart_link_create_v2')
})

describe('the rate limit', () => {
  const limited = { ok: false, error: { code: 'rate_limited', http_status: 429, retryable: true } }
  const tick = (start: string) => {
    let time = Date.parse(start)
    const advance = (ms: number) => {
      time += ms
    }
    return { now: () => new Date(time), advance }
  }

  test('refuses the call after the last one of the minute, and takes calls again a minute later', async () => {
    const clock = tick('2026-11-22T09:00:00Z')
    const { say } = await setup({ ratePerMinute: 2, now: clock.now })
    const search = () => say('vkusvill_products_search', { q: 'молоко' })

    const answers = [await search(), await search(), await search()]
    clock.advance(60_000)

    expect(answers).toMatchObject([{ ok: true }, { ok: true }, limited])
    expect(await search()).toMatchObject({ ok: true })
  })

  test('does not count calls with wrong arguments', async () => {
    const { say, rpc } = await setup({ ratePerMinute: 1 })

    await rpc('vkusvill_product_details', { id: 0 })

    expect(await say('vkusvill_product_details', { id: 173 })).toMatchObject({ ok: true })
  })
})

test('calls are remembered in order, refused ones included, a thousand at most', async () => {
  const { rpc, calls, reset } = await setup({ ratePerMinute: 1 })

  await rpc('vkusvill_product_details', { id: 0 })
  for (let id = 1; id <= 1_000; id++) await rpc('vkusvill_product_details', { id })

  expect(calls).toHaveLength(1_000)
  expect(calls[0]).toEqual({ tool: 'vkusvill_product_details', args: { id: 1 } })
  reset()
  expect(calls).toHaveLength(0)
})

describe('faults', () => {
  const fault = (mode: FaultRequest['mode'], status = 500): FaultRequest => ({
    service: 'shop',
    mode,
    status,
    delay_ms: 1,
    rate: 1,
  })

  test.each([
    [403, /Qrator/],
    [429, /429 Too Many Requests/],
    [503, /503 Error/],
  ])('status %i is a page, not JSON', async (status, text) => {
    const { faults, post } = await setup()
    faults.set(fault('status', status))

    const response = await post(searchCall)

    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(await response.text()).toMatch(text)
    expect(response.headers.get('retry-after')).toBe(status === 429 ? '60' : null)
  })

  test('garbage comes as a page with status 200', async () => {
    const { faults, post } = await setup()
    faults.set(fault('garbage'))

    const response = await post(searchCall)

    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  })

  test('a reset cuts the connection before the tool is called', async () => {
    const { faults, post, calls } = await setup()
    faults.set(fault('reset'))

    await expect(post(searchCall)).rejects.toThrow()
    expect(calls).toHaveLength(0)
  })

  test('a slow shop answers in the end, and a mended one as ever', async () => {
    const { faults, post } = await setup()

    faults.set(fault('slow'))
    const slow = await post(searchCall)
    faults.set(fault('none'))
    const mended = await post(searchCall)

    expect([slow.status, mended.status]).toEqual([200, 200])
  })
})
