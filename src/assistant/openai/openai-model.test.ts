import { v5 as uuidFrom } from 'uuid'
import { describe, expect, test } from 'vitest'
import {
  type Behaviour,
  hang,
  hangInBody,
  replyHtml,
  replyJson,
  resetConnection,
  resetInBody,
} from '../../../test/support/hostile-server.ts'
import { metricValue } from '../../../test/support/metrics.ts'
import { withRequestContext } from '../../telemetry/request-context.ts'
import { failureReason, isDialogueRejected } from '../model/model-error.ts'
import { requestIdNamespace } from '../model/request-id.ts'
import { completion, ok, request, search, secret, setup } from './testing/client-setup.ts'

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.fail('the call was answered'),
    (err: unknown) => err,
  )
const withTools = { ...request, functions: [search], functionCall: 'auto' as const }

describe('headers', () => {
  test.each([
    ['sk-secret', 'Bearer sk-secret'],
    ['Api-Key AQVN-secret', 'Api-Key AQVN-secret'],
    [undefined, undefined],
  ])('the key %s is sent as %s', async (key, expected) => {
    const { client, server } = await setup([ok], { key })

    await client.chat(request)

    expect(server.received[0]?.headers.authorization).toBe(expected)
  })

  test('the request id goes out as a uuid, and nothing of OPENAI_… in the environment does', async () => {
    const { client, server } = await setup([ok])

    await withRequestContext({ requestId: 'ABCDEF012345' }, () => client.chat(request))

    expect(server.received[0]?.headers).toMatchObject({
      'x-client-request-id': uuidFrom('ABCDEF012345', requestIdNamespace),
    })
    expect(Object.keys(server.received[0]?.headers ?? {})).not.toContain('openai-organization')
  })
})

describe('refusals', () => {
  const error = (message: string, rest: object = {}) => ({ error: { message: `${message}: ${secret}`, ...rest } })
  test.each<[string, Behaviour, { status: number | null; reason: string; message?: RegExp }]>([
    [
      'a wrong key',
      replyJson(401, error('Incorrect API key')),
      { status: 401, reason: 'auth', message: /LLM_FALLBACK_KEY/ },
    ],
    [
      'a missing model of Ollama',
      replyJson(404, error('model "x" not found')),
      { status: 404, reason: 'bad_request', message: /LLM_FALLBACK_MODEL/ },
    ],
    [
      'an address that answers HTML',
      replyHtml(404),
      { status: 404, reason: 'bad_request', message: /LLM_FALLBACK_URL/ },
    ],
    ['a bill not paid', replyJson(402, error('Payment Required')), { status: 402, reason: 'payment' }],
    [
      'an empty account',
      replyJson(429, error('You exceeded your current quota', { code: 'insufficient_quota' })),
      { status: 429, reason: 'payment' },
    ],
    [
      'a model of Ollama without tools',
      replyJson(400, error('registry.ollama.ai/library/gemma does not support tools')),
      { status: 400, reason: 'bad_request', message: /tool calling/ },
    ],
    [
      'llama.cpp without --jinja',
      replyJson(500, error('tools param requires --jinja flag', { code: 500 })),
      { status: 500, reason: 'bad_request', message: /--jinja/ },
    ],
    [
      'an older llama.cpp',
      replyJson(500, error('Unsupported param: tools')),
      { status: 500, reason: 'bad_request', message: /tool calling/ },
    ],
    [
      'vLLM without its option, which it says at the top',
      replyJson(400, {
        object: 'error',
        message: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        code: 400,
      }),
      { status: 400, reason: 'bad_request', message: /--enable-auto-tool-choice/ },
    ],
    ['a redirect', replyHtml(307, { location: '/elsewhere' }), { status: 307, reason: 'bad_request' }],
    [
      'an answer of another shape',
      replyJson(200, { object: 'list', data: [] }),
      { status: 200, reason: 'shape', message: /choices/ },
    ],
    ['no choice', replyJson(200, completion(undefined, { choices: [] })), { status: 200, reason: 'shape' }],
    ['HTML instead of an answer', replyHtml(200), { status: 200, reason: 'shape' }],
    [
      'an answer without end',
      res => void res.writeHead(200, { 'content-type': 'application/json' }).end(`"${'x'.repeat(5 * 1024 * 1024)}"`),
      { status: 200, reason: 'shape', message: /too large/ },
    ],
  ])('%s is thrown immediately, named, without what the user wrote', async (_what, behaviour, expected) => {
    const { client, server, register, lines } = await setup([behaviour])

    const err = await failureOf(client.chat(withTools))

    expect(err).toMatchObject({ upstream: 'openai', status: expected.status, retryable: false })
    expect(failureReason(err)).toBe(expected.reason)
    if (expected.message !== undefined) expect(String(err)).toMatch(expected.message)
    expect(JSON.stringify([String(err), lines])).not.toContain('Ленина')
    expect(server.received).toHaveLength(1)
    const labels = { gen_ai_provider_name: 'openai', reason: expected.reason }
    expect(await metricValue(register, 'bot_llm_failures_total', labels)).toBe(1)
    expect(lines.filter(({ event }) => event === 'upstream_failed')).toMatchObject([{ fields: { upstream: 'openai' } }])
  })

  test('what a gateway says with the status of a success counts as what it says', async () => {
    const { client, slept } = await setup([
      replyJson(200, { error: { code: 429, message: 'slow down' } }),
      replyJson(200, { error: { code: 'overloaded', message: 'later' } }),
      ok,
    ])

    await client.chat(request)

    expect(slept).toEqual([1000, 2000])
  })

  test('a rejected dialogue is distinguished from a failing service: another may pass', async () => {
    const tooLong = replyJson(400, error("This model's maximum context length is 4096 tokens", { code: 400 }))
    const { client } = await setup([tooLong])

    expect(isDialogueRejected(await failureOf(client.chat(request)))).toBe(true)
  })
})

describe('what passes', () => {
  test.each<[string, Behaviour[]]>([
    [
      'a model that is being loaded',
      [replyJson(503, { error: { message: 'Loading model', type: 'unavailable_error' } })],
    ],
    ['limits', [replyJson(429, { error: { message: 'rate' } }), replyHtml(429)]],
    ['a connection cut before and in an answer', [resetConnection, resetInBody]],
    ['a gateway', [replyHtml(502), replyHtml(504)]],
  ])('%s is asked again, a second and two apart', async (_what, failures) => {
    const { client, server, slept, register, lines } = await setup([...failures, ok])

    expect((await client.chat(request)).message.content).toBe('Готово')
    expect(server.received).toHaveLength(failures.length + 1)
    expect(slept).toEqual([1000, 2000].slice(0, failures.length))
    expect(lines.filter(({ event }) => event === 'upstream_retry')).toHaveLength(failures.length)
    expect(lines.filter(({ event }) => event === 'upstream_failed')).toEqual([])
    expect(await metricValue(register, 'gen_ai_client_operation_duration_seconds_count', { error_type: '' })).toBe(1)
  })

  test('a pause that the service asks for is respected; after three attempts the failure stands', async () => {
    const { client, server, slept } = await setup([replyJson(429, {}, { 'retry-after': '7' })])

    expect(await failureOf(client.chat(request))).toMatchObject({ name: 'RateLimitError', upstream: 'openai' })
    expect(server.received).toHaveLength(3)
    expect(slept).toEqual([7000, 7000])
  })

  test.each([
    ['never begins', hang],
    ['never ends', hangInBody],
  ])('an answer that %s ends with our timeout, once', async (_what, behaviour) => {
    const { client, server } = await setup([behaviour], { timeoutMs: 2_000 })

    expect(await failureOf(client.chat(request))).toMatchObject({ name: 'TimeoutError', upstream: 'openai' })
    expect(server.received).toHaveLength(1)
  })

  test.each([
    ['before', hang],
    ['within', hangInBody],
  ])('an abort %s the answer rejects with its reason and is no failure', async (_what, behaviour) => {
    const stop = new AbortController()
    const { client, register, lines } = await setup([
      (res, received) => {
        behaviour(res, received)
        setImmediate(() => stop.abort(new Error('stopped by the user')))
      },
    ])

    expect(String(await failureOf(client.chat(request, stop.signal)))).toContain('stopped by the user')
    expect(lines).toEqual([])
    expect(await metricValue(register, 'bot_llm_in_flight', { gen_ai_provider_name: 'openai' })).toBe(0)
  })

  test('a closed client ends what is in flight and takes nothing new', async () => {
    const { client, server } = await setup([hang])
    const asked = failureOf(client.chat(request))
    await expect.poll(() => server.received.length).toBe(1)

    await client.close()

    expect(await asked).toMatchObject({ message: expect.stringContaining('closed') })
    expect(await failureOf(client.chat(request))).toMatchObject({ message: expect.stringContaining('closed') })
    expect(server.received).toHaveLength(1)
  })
})
