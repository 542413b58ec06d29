import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createFaults } from '../faults.ts'
import type { FakeGigaChatOptions } from './fake-gigachat.ts'
import { type RunningGigaChat, startFakeGigaChat } from './start-fake-gigachat.ts'

const credentials = Buffer.from('client:secret').toString('base64')
const search = {
  name: 'search',
  parameters: { type: 'object', properties: { q: { type: 'string', description: 'что искать' } } },
}
const user = { role: 'user', content: 'молоко' }
const calling = { role: 'assistant', content: '', function_call: { name: 'search', arguments: { q: 'молоко' } } }
const result = { role: 'function', name: 'search', content: '{"ok":true}' }
const body = (more: Record<string, unknown> = {}) => ({ model: 'GigaChat-2-Max', messages: [user], ...more })

const Token = z.object({ access_token: z.string(), expires_at: z.number() })
const Usage = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  precached_prompt_tokens: z.number(),
})
const Completion = z.object({
  choices: z.tuple([
    z.object({ message: z.looseObject({ functions_state_id: z.string().optional() }), finish_reason: z.string() }),
  ]),
  model: z.string(),
  usage: Usage,
})

let running: RunningGigaChat
const start = async (options: Partial<FakeGigaChatOptions> = {}) => {
  running = await startFakeGigaChat({ credentials, ...options })
  return running
}
afterEach(() => running.close())

interface Asked {
  headers?: Record<string, string>
  body?: string
}

const ask = (over: Asked = {}) =>
  fetch(running.authUrl, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${credentials}`,
      RqUID: randomUUID(),
      'Content-Type': 'application/x-www-form-urlencoded',
      ...over.headers,
    },
    body: over.body ?? 'scope=GIGACHAT_API_PERS',
  })

async function token(scope = 'GIGACHAT_API_PERS'): Promise<string> {
  return Token.parse(await (await ask({ body: `scope=${scope}` })).json()).access_token
}

const chat = (bearer: string, request: unknown, headers: Record<string, string> = {}) =>
  fetch(`${running.apiUrl}/chat/completions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json', ...headers },
    body: typeof request === 'string' ? request : JSON.stringify(request),
  })

const replyOf = async (response: Response) => ({ status: response.status, body: await response.json() })

describe('tokens', () => {
  test('good credentials get a long token that expires in 30 minutes, in milliseconds', async () => {
    await start({ now: () => new Date(1_000_000) })

    const answer = Token.parse(await (await ask()).json())

    expect(answer.expires_at).toBe(1_000_000 + 30 * 60_000)
    expect(answer.access_token.length).toBeGreaterThan(1_000)
  })

  test.each([
    ['no Basic key', { headers: { Authorization: 'Bearer x' } }, 401, 4],
    ['a key that is not base64 of id:secret', { headers: { Authorization: 'Basic bm9jb2xvbg==' } }, 401, 4],
    ['the key of another account', { headers: { Authorization: 'Basic YTpi' } }, 401, 6],
    ['a RqUID that is not uuid4', { headers: { RqUID: '1' } }, 400, 2],
    ['a uuid of another version', { headers: { RqUID: '0190163d-8694-739b-aea5-966c26f8ad91' } }, 400, 2],
    ['no scope', { body: 'x=1' }, 400, 5],
    ['a scope that does not exist', { body: 'scope=EVERYTHING' }, 400, 1],
    ['a scope the account does not have', { body: 'scope=GIGACHAT_API_CORP' }, 400, 7],
  ])('%s is refused', async (_case, request: Asked, status, code) => {
    await start({ scope: 'GIGACHAT_API_PERS' })

    const answer = await replyOf(await ask(request))

    expect(answer).toEqual({ status, body: { code, message: expect.any(String) } })
  })

  test('an expired, a revoked and an unknown token are unauthorized', async () => {
    let now = 0
    await start({ now: () => new Date(now), tokenLifetimeMs: 1_000 })
    const revoked = await token()
    running.revokeTokens()
    const early = await Promise.all([revoked, 'unknown'].map(async t => replyOf(await chat(t, body()))))
    const expired = await token()
    now = 1_000
    const answers = [...early, await replyOf(await chat(expired, body()))]

    expect(answers).toEqual(Array(3).fill({ status: 401, body: { status: 401, message: 'Unauthorized' } }))
  })
})

describe('requests the service refuses', () => {
  test.each([
    ['not JSON', '{"model":', 400, 'not readable'],
    ['no messages', { model: 'GigaChat-2-Max' }, 400, 'messages'],
    ['an unknown model', body({ model: 'GigaChat-2-Lite' }), 404, 'No such model'],
    ['temperature 0', body({ temperature: 0 }), 400, 'temperature'],
    [
      'arguments as a string',
      body({ messages: [user, { ...calling, function_call: { name: 'search', arguments: '{}' } }, result] }),
      400,
      'arguments',
    ],
    [
      'a result that is not JSON',
      body({ messages: [user, calling, { ...result, content: '{"ok":true} and more' }] }),
      422,
      'Invalid params: invalid function result json string',
    ],
    ['a result without its call', body({ messages: [user, result] }), 422, 'must have an assistant function call'],
    [
      'a result of another function',
      body({ messages: [user, calling, { ...result, name: 'other' }] }),
      422,
      'must have an assistant function call',
    ],
    ['a late system message', body({ messages: [user, { role: 'system', content: 'x' }] }), 422, 'system message'],
    [
      'two system messages',
      body({ messages: [{ role: 'system', content: 'x' }, { role: 'system', content: 'y' }, user] }),
      422,
      'system message',
    ],
    [
      'a function without parameters',
      body({ functions: [{ name: 'search' }] }),
      404,
      'Function schema for search not found',
    ],
    ['a function name with a dash', body({ functions: [{ ...search, name: 'a-b' }] }), 400, 'functions.0.name'],
    [
      'a schema key the service does not take',
      body({ functions: [{ name: 'f', parameters: { type: 'object', additionalProperties: false } }] }),
      400,
      'additionalProperties',
    ],
    [
      'a forced function that is not offered',
      body({ functions: [search], function_call: { name: 'other' } }),
      422,
      'function other is not in functions',
    ],
    [
      'a body over the size',
      body({ messages: [{ role: 'user', content: 'я'.repeat(600_000) }] }),
      413,
      'Payload too large',
    ],
  ])('%s', async (_case, request, status, message) => {
    await start()
    const bearer = await token()

    const answer = await replyOf(await chat(bearer, request))

    expect(answer.status).toBe(status)
    expect(answer.body).toEqual({ status, message: expect.stringContaining(message) })
  })

  test('a property that is named like a refused key is none', async () => {
    await start()
    const parameters = { type: 'object', properties: { nullable: { type: 'string' } } }

    const answer = await chat(await token(), body({ functions: [{ name: 'f', parameters }] }))

    expect(answer.status).toBe(200)
  })
})

describe('answers', () => {
  test('words: version suffix, stop, usage that adds up, both headers', async () => {
    await start()
    running.script([{ kind: 'text', text: 'Здравствуйте!' }])

    const response = await chat(await token(), body(), { 'X-Session-ID': 's-1' })

    const answer = Completion.parse(await response.json())
    expect(answer).toMatchObject({
      choices: [{ message: { role: 'assistant', content: 'Здравствуйте!' }, finish_reason: 'stop' }],
      model: expect.stringMatching(/^GigaChat-2-Max:\d/),
    })
    expect(answer.usage.total_tokens).toBe(answer.usage.prompt_tokens + answer.usage.completion_tokens)
    expect(response.headers.get('x-session-id')).toBe('s-1')
    expect(response.headers.get('x-request-id')).toMatch(/\S/)
  })

  test('a call: object arguments, empty content, a state id of its own each time', async () => {
    await start()
    const reply = { kind: 'call', name: 'search', arguments: { q: 'молоко' } } as const
    running.script([reply, reply])
    const bearer = await token()

    const first = Completion.parse(await (await chat(bearer, body({ functions: [search] }))).json())
    const second = Completion.parse(await (await chat(bearer, body({ functions: [search] }))).json())

    expect(first.choices[0]).toMatchObject({
      finish_reason: 'function_call',
      message: { content: '', function_call: { name: 'search', arguments: { q: 'молоко' } } },
    })
    expect(first.choices[0].message.functions_state_id).not.toBe(second.choices[0].message.functions_state_id)
  })

  test('the same prefix in the same session within 30 seconds is free', async () => {
    let now = 0
    await start({ now: () => new Date(now) })
    const bearer = await token()
    const usage = async (messages: unknown[], session: string) =>
      Completion.parse(
        await (await chat(bearer, body({ messages, functions: [search] }), { 'X-Session-ID': session })).json(),
      ).usage
    const longer = [user, calling, result]

    const cold = await usage([user], 'a')
    now = 29_999
    const warm = await usage(longer, 'a')
    const otherSession = await usage(longer, 'b')
    now = 29_999 + 30_000
    const late = await usage(longer, 'a')

    expect(cold.precached_prompt_tokens).toBe(0)
    expect(warm.precached_prompt_tokens).toBe(cold.prompt_tokens)
    expect(warm.prompt_tokens).toBe(otherSession.prompt_tokens - warm.precached_prompt_tokens)
    expect(late.precached_prompt_tokens).toBe(0)
  })

  test('a message that ends otherwise is free as far as it begins alike', async () => {
    await start({ now: () => new Date(0) })
    const bearer = await token()
    const usage = async (ending: string) => {
      const system = { role: 'system', content: `${'Помогай с покупками. '.repeat(100)}${ending}` }
      const answer = await chat(bearer, body({ messages: [system, user] }), { 'X-Session-ID': 'a' })
      return Completion.parse(await answer.json()).usage
    }

    const cold = await usage('Корзин осталось: 5')
    const warm = await usage('Корзин осталось: 4')

    expect(warm.prompt_tokens).toBeLessThan(30)
    expect(warm.prompt_tokens + warm.precached_prompt_tokens).toBe(cold.prompt_tokens)
  })

  test('models and token counts need a token', async () => {
    await start()
    const headers = { Authorization: `Bearer ${await token()}`, 'Content-Type': 'application/json' }

    const models = await fetch(`${running.apiUrl}/models`, { headers })
    const count = await fetch(`${running.apiUrl}/tokens/count`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: 'GigaChat-2', input: ['Я помню чудное'] }),
    })
    const stranger = await fetch(`${running.apiUrl}/models`)

    expect(await models.json()).toMatchObject({
      data: expect.arrayContaining([expect.objectContaining({ id: 'GigaChat-2-Max' })]),
    })
    expect(await count.json()).toEqual([{ object: 'tokens', tokens: 4, characters: 14 }])
    expect(stranger.status).toBe(401)
  })
})

describe('more concurrent requests than the account has streams', () => {
  test.each([
    ['GIGACHAT_API_PERS', 1],
    ['GIGACHAT_API_B2B', 10],
  ])('%s: %i in flight, the next one is refused', async (scope, streams) => {
    await start()
    const bearer = await token(scope)
    const gate = new EventEmitter()
    const held = once(gate, 'open')
    running.script(Array.from({ length: streams }, () => ({ kind: 'text', text: 'ok', after: held }) as const))
    const inFlight = Array.from({ length: streams }, () => chat(bearer, body()))
    await arrived(streams)

    const refused = await replyOf(await chat(bearer, body()))
    gate.emit('open')
    const answered = await Promise.all(inFlight)
    const later = await chat(bearer, body())

    expect(refused).toEqual({ status: 429, body: { status: 429, message: 'Too Many Requests' } })
    expect([...answered, later].map(r => r.status)).toEqual(Array(streams + 1).fill(200))
  })
})

/** Lets the loop turn until so many chat requests were read. */
async function arrived(count: number) {
  const read = () => running.calls.filter(c => c.route === 'chat' && c.body !== undefined).length
  while (read() < count) await new Promise(setImmediate)
}

describe('prepared replies', () => {
  test.each([
    ['a status', { kind: 'status', status: 402, message: 'Payment Required' } as const, 402, 'Payment Required'],
    ['a status with an HTML body', { kind: 'status', status: 500, html: '<h1>500</h1>' } as const, 500, '<h1>500</h1>'],
    ['garbage', { kind: 'garbage' } as const, 200, '<html>'],
    ['a drifted shape', { kind: 'json', body: { choices: 1 } } as const, 200, '{"choices":1}'],
    ['a refused topic', { kind: 'blacklist' } as const, 200, '"finish_reason":"blacklist"'],
    ['malformed arguments', { kind: 'call', name: 'f', arguments: 'text' } as const, 200, '"arguments":"text"'],
    [
      'another finish reason',
      { kind: 'text', text: 'x', finishReason: 'length' } as const,
      200,
      '"finish_reason":"length"',
    ],
  ])('%s', async (_case, reply, status, text) => {
    await start()
    running.script([reply])

    const response = await chat(await token(), body())

    expect(response.status).toBe(status)
    expect(await response.text()).toContain(text)
  })

  test('a cut connection fails the request', async () => {
    await start()
    const bearer = await token()
    running.script([{ kind: 'reset' }])

    await expect(chat(bearer, body())).rejects.toThrow()
  })

  test('a stalled body has begun and never ends', async () => {
    await start()
    running.script([{ kind: 'stall' }])

    const response = await chat(await token(), body())
    const first = await response.body?.getReader().read()

    expect(response.status).toBe(200)
    expect(first?.value?.byteLength).toBeLessThan(Number(response.headers.get('content-length')))
  })

  test('the token route has a queue of its own', async () => {
    await start()
    running.script([{ kind: 'status', status: 503, html: '<h1>503</h1>' }], 'oauth')

    const [first, second] = [await ask(), await ask()]

    expect([first.status, second.status]).toEqual([503, 200])
  })

  test('requests are on record with headers and body until reset', async () => {
    await start()
    await chat(await token(), body(), { 'X-Session-ID': 's-9' })

    expect(running.calls.map(c => c.route)).toEqual(['oauth', 'chat'])
    expect(running.calls[1]).toMatchObject({ headers: { 'x-session-id': 's-9' }, body: body() })
    running.reset()
    expect(running.calls).toEqual([])
  })
})

test.each([
  [500, 'application/json'],
  [503, 'text/html'],
])('an injected fault of status %i hits both routes, as %s in the chat', async (status, type) => {
  const faults = createFaults()
  await start({ faults })
  const bearer = await token()
  faults.set({ service: 'gigachat', mode: 'status', status, delay_ms: 0, rate: 1 })

  const [oauth, completion] = [await ask(), await chat(bearer, body())]

  expect([oauth.status, completion.status]).toEqual([status, status])
  expect(completion.headers.get('content-type')).toContain(type)
})
