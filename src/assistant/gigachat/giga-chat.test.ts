import { v5 as uuidFrom } from 'uuid'
import { describe, expect, test } from 'vitest'
import { type Behaviour, replyHtml } from '../../../test/support/hostile-server.ts'
import { metricValue } from '../../../test/support/metrics.ts'
import { RateLimitError } from '../../errors.ts'
import { withRequestContext } from '../../telemetry/request-context.ts'
import { requestIdNamespace } from '../model/request-id.ts'
import { chats, failure, gate, halfAnHour, ok, request, sent, setup, tokenFor } from './testing/client-setup.ts'

describe('a call that is answered', () => {
  test('gives the message, the usage as reported and the model', async () => {
    const { client, register } = await setup([ok])

    const got = await client.chat(request)

    expect(got).toEqual({
      message: { role: 'assistant', content: 'Готово' },
      finishReason: 'stop',
      usage: { promptTokens: 10, completionTokens: 5, totalTokens: 15, precachedTokens: 2 },
      provider: 'gigachat',
      asked: 'GigaChat-2-Max',
      model: 'GigaChat-2-Max:2.0.28.2',
      responseTimeMs: expect.any(Number),
      waitMs: expect.any(Number),
    })
    expect(await metricValue(register, 'gen_ai_client_operation_duration_seconds_count', { error_type: '' })).toBe(1)
    expect(await metricValue(register, 'bot_llm_in_flight')).toBe(0)
  })

  test('carries the token, the session and the request id as a uuid, and asks for the token with Basic and a scope', async () => {
    const { client, server } = await setup([ok])

    await withRequestContext({ requestId: 'ABCDEF012345' }, () => client.chat(request))

    expect(sent(server, '/oauth')).toMatchObject([
      {
        body: 'scope=GIGACHAT_API_PERS',
        headers: {
          authorization: 'Basic aWQ6c2VjcmV0',
          rquid: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
          'content-type': 'application/x-www-form-urlencoded',
        },
      },
    ])
    expect(chats(server)[0]?.headers).toMatchObject({
      authorization: 'Bearer token-1',
      'x-session-id': 'dialogue-1',
      'x-request-id': uuidFrom('ABCDEF012345', requestIdNamespace),
    })
  })

  test('sends no request id outside an update', async () => {
    const { client, server } = await setup([ok])

    await client.chat(request)

    expect(chats(server)[0]?.headers).not.toHaveProperty('x-request-id')
  })

  test('sends no functions when none may be called', async () => {
    const { client, server } = await setup([ok])
    const functions = [{ name: 'find', description: 'finds', parameters: {} }]

    await client.chat({ ...request, functions, functionCall: 'none' })

    expect(JSON.parse(chats(server)[0]?.body ?? '')).toEqual({
      model: 'GigaChat-2-Max',
      messages: request.messages,
      function_call: 'none',
    })
  })

  test('sends functions with the accepted part of their schema when one may be called', async () => {
    const { client, server } = await setup([ok])
    const parameters = {
      $schema: 'x',
      type: 'object',
      properties: { q: { type: 'string' } },
      additionalProperties: false,
    }

    await client.chat({
      ...request,
      functions: [{ name: 'find', description: 'finds', parameters }],
      functionCall: { name: 'find' },
    })

    expect(JSON.parse(chats(server)[0]?.body ?? '')).toMatchObject({
      functions: [
        { name: 'find', description: 'finds', parameters: { type: 'object', properties: { q: { type: 'string' } } } },
      ],
      function_call: { name: 'find' },
    })
    expect(chats(server)[0]?.body).not.toContain('additionalProperties')
  })
})

describe('giving up', () => {
  test('a call aborted in flight rejects with the reason and is not counted as a failure', async () => {
    const leaving = new AbortController()
    const abortOnArrival: Behaviour = () => leaving.abort(new Error('the caller left'))
    const { client, register, lines } = await setup([abortOnArrival])

    const err = await failure(client.chat(request, leaving.signal))

    expect(err).toMatchObject({ message: 'the caller left' })
    expect(lines).toEqual([])
    expect(await metricValue(register, 'bot_llm_failures_total', { reason: 'network' })).toBe(0)
    expect(await metricValue(register, 'bot_llm_in_flight')).toBe(0)
  })

  test('a call aborted while it waits for its token leaves the token to the others', async () => {
    const leaving = new AbortController()
    const opened = gate()
    const token: Behaviour = (res, r) => {
      leaving.abort(new Error('the caller left'))
      void opened.passed.then(() => tokenFor(halfAnHour)(res, r))
    }
    const { client, server } = await setup([ok], { oauth: [token] })

    const aborted = failure(client.chat(request, leaving.signal))
    const stayed = client.chat(request)

    expect(await aborted).toMatchObject({ message: 'the caller left' })
    opened.open()
    expect((await stayed).message.content).toBe('Готово')
    expect(sent(server, '/oauth')).toHaveLength(1)
  })

  test('a call aborted between two attempts rejects with the reason', async () => {
    const leaving = new AbortController()
    const { client, server } = await setup([replyHtml(503)], {
      sleep: async (_ms, signal) => {
        leaving.abort(new Error('the caller left'))
        signal?.throwIfAborted()
      },
    })

    const err = await failure(client.chat(request, leaving.signal))

    expect(err).toMatchObject({ message: 'the caller left' })
    expect(chats(server)).toHaveLength(1)
  })

  test('one call too many in the queue is refused as a rate limit, without being sent', async () => {
    const held = gate()
    const arrived = gate()
    const slow: Behaviour = (res, r) => {
      arrived.open()
      void held.passed.then(() => ok(res, r))
    }
    const { client, server, register } = await setup([ok, slow, ok], { concurrency: 1, maxWaiting: 1 })
    await client.chat(request)
    const first = client.chat(request)
    await arrived.passed
    const second = client.chat(request)

    const err = await failure(client.chat(request))

    expect(err).toBeInstanceOf(RateLimitError)
    expect(await metricValue(register, 'bot_llm_waiting')).toBe(1)
    held.open()
    await Promise.all([first, second])
    expect(chats(server)).toHaveLength(3)
  })

  test('a closed client answers no more and repeats nothing', async () => {
    const { client, server, slept } = await setup([ok])
    await client.chat(request)
    await client.close()

    const err = await failure(client.chat(request))

    expect(err).toMatchObject({ name: 'UpstreamError', message: expect.stringContaining('closed') })
    expect(chats(server)).toHaveLength(1)
    expect(slept).toEqual([])
  })
})

test('all series of known labels are there at 0 before the first call', async () => {
  const { register } = await setup([ok])

  const text = await register.metrics()

  for (const series of [
    'bot_llm_failures_total{gen_ai_provider_name="gigachat",reason="payment"} 0',
    'bot_llm_failures_total{gen_ai_provider_name="gigachat",reason="shape"} 0',
    'bot_llm_retries_total{gen_ai_provider_name="gigachat",reason="rate_limit"} 0',
    'bot_llm_auth_refreshes_total{outcome="refused"} 0',
    'bot_llm_in_flight{gen_ai_provider_name="gigachat"} 0',
    'bot_llm_waiting{gen_ai_provider_name="gigachat"} 0',
  ]) {
    expect(text).toContain(series)
  }
  expect(text).toMatch(/gen_ai_client_operation_duration_seconds_count\{.*gen_ai_request_model="GigaChat-2-Max".*\} 0/)
})
