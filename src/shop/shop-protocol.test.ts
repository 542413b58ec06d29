import { afterEach, describe, expect, test } from 'vitest'
import type { ShopLimits } from './create-shop.ts'
import {
  milkPage,
  type ScriptedExchange,
  type Scripts,
  say,
  sayInitialized,
  sayJson,
  sayResult,
  sayTool,
  startScriptedServer,
  toolResult,
} from './testing/scripted-server.ts'
import { setupShop } from './testing/shop-setup.ts'

const noRetries = { retries: { count: 0, pauseMs: 1, budgetMs: 0 } }
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function setup(scripts: Scripts, limits: Partial<ShopLimits> = {}) {
  const server = await startScriptedServer(scripts)
  const ours = setupShop(server.url, { ...noRetries, ...limits })
  closers.push(server.close, ours.shop.close)
  return { server, ...ours }
}
const answer = sayTool(milkPage)
const event = (message: unknown) => `event: message\ndata: ${JSON.stringify(message)}\n\n`
const answerOf = ({ id }: ScriptedExchange) => ({ jsonrpc: '2.0', id, result: toolResult(milkPage) })
const stream = (res: ScriptedExchange['res'], body: string) =>
  void res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).end(body)

const rpcError =
  (error: unknown) =>
  ({ id, res }: ScriptedExchange) =>
    sayJson(res, { jsonrpc: '2.0', id, error })
const sessionNotFound = JSON.stringify({
  jsonrpc: '2.0',
  error: { code: -32001, message: 'Session not found' },
  id: null,
})

describe('sessions', () => {
  test('nothing is opened before the first call, and concurrent calls share one handshake', async () => {
    const { server, shop } = await setup({ call: answer })
    expect(server.seen).toEqual([])

    await Promise.all([shop.search('молоко'), shop.search('сыр'), shop.details(1).catch(() => undefined)])

    expect(server.methods().filter(method => method !== 'tools/call')).toEqual([
      'initialize',
      'notifications/initialized',
    ])
  })

  test('without a session id the calls go on without one, under our own name, and no stream is asked for', async () => {
    const { server, shop } = await setup({ call: answer })

    await shop.search('молоко')
    await shop.search('сыр')

    const { headers } = server.seen.at(-1) ?? {}
    expect(headers).toMatchObject({ 'user-agent': 'vkusvill-bot/1.2.3', accept: 'application/json, text/event-stream' })
    expect(headers).not.toHaveProperty('mcp-session-id')
    expect(server.httpMethods.every(method => method === 'POST')).toBe(true)
  })

  test('a session id is sent with every later request', async () => {
    const { server, shop } = await setup({
      initialize: x => sayInitialized(x, { 'mcp-session-id': 's-1' }),
      call: answer,
    })

    await shop.search('молоко')

    expect(server.seen.map(({ headers }) => headers['mcp-session-id'])).toEqual([undefined, 's-1', 's-1'])
    expect(server.seen.at(-1)?.headers['mcp-protocol-version']).toBe('2025-03-26')
  })

  /** Answers only calls of the second session and later; `lost` is what it says in the first. */
  const sessionLosing = (lost: Scripts['call'], call: Scripts['call'] = answer): Scripts => {
    let sessions = 0
    return {
      initialize: x => {
        sessions += 1
        sayInitialized(x, { 'mcp-session-id': `s-${sessions}` })
      },
      call: x => (x.headers['mcp-session-id'] === 's-1' ? lost : call)(x),
    }
  }
  const twice = ['initialize', 'notifications/initialized', 'tools/call']

  test.each<[string, Scripts['call']]>([
    ['HTTP 404', say(404, 'application/json', sessionNotFound)],
    ['HTTP 400 in words', say(400, 'text/plain', 'Bad Request: No valid session ID provided')],
    ['HTTP 401', say(401, 'application/json', '{"error":"unauthorized"}')],
    ['HTTP 403 with a page', say(403, 'text/html', '<html></html>')],
    ['HTTP 405', say(405, 'text/plain', '')],
    ['HTTP 410', say(410, 'text/plain', '')],
    ['HTTP 500 with an error', say(500, 'application/json', sessionNotFound)],
    ['a redirect', say(302, 'text/plain', '', { location: '/login' })],
    ['a page', say(200, 'text/html', '<html></html>')],
    ['nothing', say(200, 'application/json', '')],
    ['HTTP 202 and nothing', say(202, 'application/json', '')],
    ['an event stream without an answer', say(200, 'text/event-stream', ': bye\n\n')],
    ['an error in a stream', say(200, 'text/event-stream', event({ jsonrpc: '2.0', id: 'server-error', error: {} }))],
    ['an error that is a sentence', say(200, 'application/json', '{"error":"Session not found"}')],
    ['an error without a code', rpcError({ message: 'Session expired' })],
    ['a code that is a numeral', rpcError({ code: '-32001', message: 'x' })],
    ['-32602 without a list of arguments', rpcError({ code: -32602, message: 'Invalid request parameters' })],
    ['a failed tool', sayResult({ ...toolResult('Session not found'), isError: true })],
    ['a code of its own', sayTool({ ok: false, error: { code: 'session_expired' } })],
    ...[-32002, -32001, -32005, -32000, -32600, -32601, -32603, -32700, 404, 1].map(
      (code): [string, Scripts['call']] => [`error ${code}`, rpcError({ code, message: 'Server not initialized' })],
    ),
    ...[null, undefined, 'server-error', 999].map((id): [string, Scripts['call']] => [
      `an error with the id ${id}`,
      ({ res }) => sayJson(res, { jsonrpc: '2.0', id, error: { code: -32600, message: 'x' } }),
    ]),
  ])('after %s it initializes again and repeats the call once', async (_, lost) => {
    const { server, shop } = await setup(sessionLosing(lost))

    await expect(shop.createCart([{ xmlId: 1, q: 1 }])).rejects.toMatchObject({ code: 'unreadable' })

    expect(server.methods()).toEqual([...twice, ...twice])
    expect(server.seen.at(-1)?.headers['mcp-session-id']).toBe('s-2')
  })

  test('calls that lose the session together open one new one', async () => {
    const { server, shop } = await setup(sessionLosing(say(404, 'application/json', sessionNotFound)))

    const found = await Promise.all([shop.search('молоко'), shop.search('сыр'), shop.search('хлеб')])

    expect(found).toMatchObject([{ total: 1 }, { total: 1 }, { total: 1 }])
    expect(server.methods().filter(method => method === 'initialize')).toHaveLength(2)
  })

  test.each([
    ['HTTP 404', say(404, 'text/plain', ''), 'http_404'],
    ['HTTP 403', say(403, 'text/html', '<html></html>'), 'http_403'],
    ['a page', say(200, 'text/html', '<html></html>'), 'unreadable'],
    ['invalid parameters', rpcError({ code: -32602, message: 'x' }), '-32602'],
    ['an unknown error', rpcError({ code: -32002, message: 'Server not initialized' }), '-32002'],
  ])('when %s meets the new session too, that is the failure, and it is counted as one', async (_, call, code) => {
    const { server, shop, metric } = await setup({ call })

    await expect(shop.search('молоко')).rejects.toMatchObject({ name: 'MCPError', code })

    expect(server.methods().filter(method => method === 'tools/call')).toHaveLength(2)
    expect(await metric('bot_shop_calls_total', { outcome: 'failed' })).toBe(1)
  })

  test.each([
    ['a failing server', say(503, 'text/html', ''), 'http_503'],
    [
      'a list of arguments it does not take',
      rpcError({ code: -32602, message: 'x', data: { validation_errors: [{ pointer: '/q', message: 'x' }] } }),
      '-32602',
    ],
    ['a refusal of the tool', sayTool({ ok: false, error: { code: 'invalid_input' } }), 'invalid_input'],
  ])('%s is no lost session', async (_, call, code) => {
    const { server, shop } = await setup({ call })

    await expect(shop.search('молоко')).rejects.toMatchObject({ code })

    expect(server.methods()).toEqual(twice)
  })

  test.each([
    [
      'as an unknown method',
      {
        initialize: ({ id, res }: ScriptedExchange) =>
          sayJson(res, { jsonrpc: '2.0', id, error: { code: -32601, message: 'x' } }),
      },
    ],
    ['with HTTP 405', { initialize: say(405, 'text/plain', '') }],
    [
      'in an unknown version',
      {
        initialize: ({ id, res }: ScriptedExchange) =>
          sayJson(res, {
            jsonrpc: '2.0',
            id,
            result: { protocolVersion: '1999-01-01', capabilities: {}, serverInfo: { name: 's', version: '1' } },
          }),
      },
    ],
    ['at its second step', { initialized: say(404, 'text/plain', '') }],
  ])('a server that refuses the handshake %s is called without one', async (_, scripts) => {
    const { server, shop } = await setup({ ...scripts, call: answer })

    await expect(shop.search('молоко')).resolves.toMatchObject({ total: 1 })
    await shop.search('сыр')

    expect(server.methods().filter(method => method === 'initialize')).toHaveLength(1)
    expect(server.seen.at(-1)?.headers).not.toHaveProperty('mcp-session-id')
  })

  test.each([[202], [200], [204]])('HTTP %d is a good answer to the notification', async status => {
    const { shop } = await setup({ initialized: ({ res }) => void res.writeHead(status).end(), call: answer })

    await expect(shop.search('молоко')).resolves.toMatchObject({ total: 1 })
  })

  test('a failed handshake fails the calls that wait for it, and the next call tries anew', async () => {
    let down = true
    const { server, shop } = await setup({
      initialize: x => (down ? say(503, 'text/html', '')(x) : sayInitialized(x)),
      call: answer,
    })

    const both = await Promise.allSettled([shop.search('молоко'), shop.search('сыр')])
    down = false

    expect(both).toMatchObject([{ reason: { code: 'http_503' } }, { reason: { code: 'http_503' } }])
    await expect(shop.search('молоко')).resolves.toMatchObject({ total: 1 })
    expect(server.methods().filter(method => method === 'initialize')).toHaveLength(2)
  })
})

describe('event streams', () => {
  test('the answer is found among comments, other messages and several data lines', async () => {
    const { shop } = await setup({
      call: x => {
        const [head, tail] = [JSON.stringify(answerOf(x)).slice(0, 40), JSON.stringify(answerOf(x)).slice(40)]
        const split = head.lastIndexOf(',') + 1
        const lines = [
          ': keep-alive',
          '',
          'id: 1',
          'event: message',
          `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { level: 'info', data: 'x' } })}`,
          '',
          `data: ${JSON.stringify({ jsonrpc: '2.0', id: 999, result: { content: [] } })}`,
          '',
          ': another comment',
          'event: message',
          `data: ${head.slice(0, split)}`,
          `data: ${head.slice(split)}${tail}`,
          '',
          '',
        ]
        stream(x.res, lines.join('\r\n'))
      },
    })

    await expect(shop.search('молоко')).resolves.toMatchObject({ products: [{ xmlId: 173 }] })
  })

  test('a stream that stays open after the answer is left', async () => {
    const { shop } = await setup({
      call: x => void x.res.writeHead(200, { 'content-type': 'text/event-stream' }).write(event(answerOf(x))),
    })

    await expect(shop.search('молоко')).resolves.toMatchObject({ total: 1 })
  })

  test('an answer without the closing blank line counts', async () => {
    const { shop } = await setup({ call: x => stream(x.res, `data: ${JSON.stringify(answerOf(x))}\n`) })

    await expect(shop.search('молоко')).resolves.toMatchObject({ total: 1 })
  })

  test('a stream that ends without the answer fails immediately', async () => {
    const { shop } = await setup({
      call: x => stream(x.res, `id: 1\nretry: 1\n${event({ jsonrpc: '2.0', id: 999, result: {} })}`),
    })

    await expect(shop.search('молоко')).rejects.toMatchObject({ name: 'MCPError', code: 'no_answer', retryable: true })
  })

  test('the handshake may come as a stream too', async () => {
    const initialize = ({ id, res }: ScriptedExchange) =>
      stream(
        res,
        event({
          jsonrpc: '2.0',
          id,
          result: { protocolVersion: '2024-11-05', capabilities: {}, serverInfo: { name: 's', version: '1' } },
        }),
      )
    const { shop } = await setup({ initialize, call: answer })

    await expect(shop.search('молоко')).resolves.toMatchObject({ total: 1 })
  })
})

describe('failures', () => {
  const html = '<html><body>молоко</body></html>'
  test.each<[string, Scripts['call'], string, boolean]>([
    ['the guard says 403', say(403, 'text/html', html), 'http_403', false],
    ['HTTP 500', say(500, 'text/html', html), 'http_500', true],
    ['HTTP 502', say(502, 'text/html', html), 'http_502', true],
    ['HTTP 408', say(408, 'text/plain', ''), 'http_408', true],
    ['HTTP 401', say(401, 'application/json', '{}', { 'www-authenticate': 'Bearer' }), 'http_401', false],
    ['HTTP 410', say(410, 'text/plain', ''), 'http_410', false],
    ['a redirect to itself', say(307, 'text/plain', '', { location: '/mcp' }), 'http_307', false],
    ['a redirect elsewhere', say(302, 'text/plain', '', { location: 'https://evil.example/' }), 'http_302', false],
    ['a page with HTTP 200', say(200, 'text/html', html), 'unreadable', true],
    ['a page that claims to be JSON', say(200, 'application/json', html), 'unreadable', true],
    ['an empty body', say(200, 'application/json', ''), 'unreadable', true],
    ['accepted, without an answer', say(202, 'application/json', ''), 'unreadable', true],
    ['no content', ({ res }) => void res.writeHead(204).end(), 'unreadable', true],
    ['cut JSON', say(200, 'application/json', '{"jsonrpc":"2.0","id":'), 'unreadable', true],
    ['JSON of something else', say(200, 'application/json', '[1,{"a":2}]'), 'unreadable', true],
    [
      'an answer to another request',
      ({ res }) => sayJson(res, { jsonrpc: '2.0', id: 999, result: {} }),
      'unreadable',
      true,
    ],
    ['a result that is no object', sayResult('молоко'), 'unreadable', false],
    ['a result without content', sayResult({}), 'unreadable', false],
    ['an error without words', rpcError({ code: -32000 }), '-32000', true],
    ['invalid parameters', rpcError({ code: -32602, message: "Property '/q': молоко" }), '-32602', false],
    ['an internal error', rpcError({ code: -32603, message: 'молоко' }), '-32603', true],
    [
      'an error without id',
      ({ res }) => sayJson(res, { jsonrpc: '2.0', id: null, error: { code: -32700, message: 'x' } }),
      '-32700',
      false,
    ],
    [
      'a refusal of the tool',
      sayTool({ ok: false, error: { code: 'invalid_input', message: 'молоко' } }),
      'invalid_input',
      false,
    ],
    ['a failed tool in plain text', sayResult({ ...toolResult('молоко'), isError: true }), 'tool_error', true],
    ['results of another shape', sayTool({ ok: true, data: { goods: [] } }), 'unreadable', false],
    ['a cut connection', ({ res }) => void res.socket?.resetAndDestroy(), 'network', true],
    [
      'a connection cut within the body',
      ({ res }) => {
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': 500 }).write('{"jsonrpc"')
        setImmediate(() => res.socket?.resetAndDestroy())
      },
      'network',
      true,
    ],
    [
      'a stream cut before the answer',
      ({ res }) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n')
        setImmediate(() => res.socket?.resetAndDestroy())
      },
      'network',
      true,
    ],
  ])('%s: the code says so and nothing of the server is repeated', async (_, call, code, retryable) => {
    const { shop } = await setup({ call })

    const err: unknown = await shop.search('молоко').catch(thrown => thrown)

    expect(err).toMatchObject({ name: 'MCPError', code, retryable })
    expect(String(err)).not.toContain('молоко')
  })

  test.each<[string, Scripts['call'], number | undefined]>([
    ['HTTP 429', say(429, 'text/html', html), undefined],
    ['HTTP 429 with seconds', say(429, 'text/html', html, { 'retry-after': '120' }), 120_000],
    ['HTTP 429 with a date', say(429, 'text/html', html, { 'retry-after': 'Sun, 22 Nov 2026 12:01:30 GMT' }), 90_000],
    ['HTTP 429 with nonsense', say(429, 'text/html', html, { 'retry-after': 'soon' }), undefined],
    ['a refusal of the tool', sayTool({ ok: false, error: { code: 'rate_limited', http_status: 429 } }), undefined],
    [
      'a JSON-RPC error by its data',
      rpcError({ code: -32000, message: 'x', data: { code: 'rate_limited' } }),
      undefined,
    ],
    ['a JSON-RPC error by its words', rpcError({ code: -32000, message: 'Rate limit exceeded' }), undefined],
  ])('%s is a rate limit', async (_, call, retryAfterMs) => {
    const { shop } = await setup({ call })

    await expect(shop.search('молоко')).rejects.toMatchObject({
      name: 'RateLimitError',
      upstream: 'shop',
      retryAfterMs,
    })
  })

  test.each<[string, Partial<Scripts>]>([
    ['no answer', { call: () => undefined }],
    [
      'a body that never ends',
      { call: ({ res }) => void res.writeHead(200, { 'content-type': 'application/json' }).write('{') },
    ],
    [
      'a stream of comments alone',
      { call: ({ res }) => void res.writeHead(200, { 'content-type': 'text/event-stream' }).write(': x\n\n') },
    ],
    ['no handshake', { initialize: () => undefined }],
  ])('%s in time is a timeout', async (_, scripts) => {
    const { shop } = await setup({ call: answer, ...scripts }, { timeoutMs: 60 })

    await expect(shop.search('молоко')).rejects.toMatchObject({ name: 'TimeoutError', upstream: 'shop' })
  })

  test.each([
    ['application/json', ''],
    ['text/event-stream', 'data: '],
  ])('an oversize %s body is not read to its end', async (type, start) => {
    let written = 0
    const { shop } = await setup(
      {
        call: ({ res }) => {
          res.writeHead(200, { 'content-type': type }).write(start)
          const more = (err?: Error | null) => {
            written += 1
            if (!err && !res.destroyed) res.write('x'.repeat(100_000), more)
          }
          more()
        },
      },
      { maxAnswerBytes: 500_000 },
    )

    await expect(shop.search('молоко')).rejects.toMatchObject({ name: 'MCPError', code: 'too_large' })
    expect(written).toBeGreaterThan(4)
  })

  test('a shop that is not there is a network failure', async () => {
    const { server, shop } = await setup({ call: answer })
    await server.close()
    closers.shift()

    await expect(shop.search('молоко')).rejects.toMatchObject({ name: 'MCPError', code: 'network', retryable: true })
  })

  test('after a failure in transport the next call connects anew and succeeds', async () => {
    let calls = 0
    const { server, shop } = await setup({
      call: x => {
        calls += 1
        if (calls === 1) x.res.socket?.resetAndDestroy()
        else answer(x)
      },
    })

    await shop.search('молоко').catch(() => undefined)
    await expect(shop.search('молоко')).resolves.toMatchObject({ total: 1 })

    expect(server.methods().filter(method => method === 'initialize')).toHaveLength(2)
  })

  test('a refusal of the tool leaves the connection as it is', async () => {
    const { server, shop } = await setup({ call: sayTool({ ok: false, error: { code: 'invalid_input' } }) })

    await shop.search('молоко').catch(() => undefined)
    await shop.search('сыр').catch(() => undefined)

    expect(server.methods().filter(method => method === 'initialize')).toHaveLength(1)
  })

  test('closing ends what is in flight, and nothing is sent afterwards', async () => {
    const { server, shop } = await setup({ call: () => void shop.close() })

    await expect(shop.search('молоко')).rejects.toMatchObject({ name: 'MCPError', code: 'closed', retryable: false })
    await expect(shop.search('сыр')).rejects.toMatchObject({ code: 'closed' })

    expect(server.methods()).toHaveLength(3)
  })
})
