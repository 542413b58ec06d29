import { describe, expect, test } from 'vitest'
import { flood, replyHtml, replyJson } from '../../../test/support/hostile-server.ts'
import { metricValue } from '../../../test/support/metrics.ts'
import { UpstreamError } from '../../errors.ts'
import type { Message } from '../model/chat-model.ts'
import { toWireFunction } from './function-schema.ts'
import { answer, chats, failure, request, setup } from './testing/client-setup.ts'
import { createWireBody } from './wire.ts'

test('a body written from parts written before is the same JSON, with the functions only where they may be called', () => {
  const write = createWireBody()
  const user = { role: 'user' as const, content: 'молоко "и" 🥛\n' }
  const call = {
    role: 'assistant' as const,
    content: null,
    function_call: { name: 'find', arguments: { q: 'молоко' } },
  }
  const functions = ['find', 'count'].map(name => ({ name, description: name, parameters: { type: 'object' } }))
  const read = (messages: Message[], functionCall: 'auto' | 'none') =>
    JSON.parse(write({ messages, functions, functionCall, sessionId: 's' }, 'GigaChat').toString('utf8'))

  const first = read([user], 'auto')
  const second = read([user, call], 'auto')
  const last = read([user, call, user], 'none')

  const called = { functions: functions.map(toWireFunction), function_call: 'auto' }
  expect(first).toEqual({ model: 'GigaChat', messages: [user], ...called })
  expect(second).toEqual({ model: 'GigaChat', messages: [user, call], ...called })
  expect(last).toEqual({ model: 'GigaChat', messages: [user, call, user], function_call: 'none' })
})

describe('answers whose shape drifts', () => {
  const call = (args: unknown) =>
    answer({
      choices: [
        {
          message: { content: '', function_call: { name: 'find', arguments: args }, functions_state_id: 'state-1' },
          finish_reason: 'function_call',
        },
      ],
    })

  test.each([
    ['an object', { q: 'молоко' }, { q: 'молоко' }],
    ['a string with an object in it', '{"q":"молоко"}', { q: 'молоко' }],
    ['a string with a string with an object in it', JSON.stringify('{"q":"молоко"}'), { q: 'молоко' }],
    ['a string that is no JSON', 'молоко', {}],
    ['a list', ['молоко'], {}],
    ['nothing', undefined, {}],
    ['null', null, {}],
  ])('call arguments that are %s become an object', async (_, given, expected) => {
    const { client } = await setup([replyJson(200, call(given))])

    const got = await client.chat(request)

    expect(got.message).toEqual({
      role: 'assistant',
      content: '',
      function_call: { name: 'find', arguments: expected },
      functions_state_id: 'state-1',
    })
  })

  test.each([
    ['an unknown finish_reason', { choices: [{ message: { content: 'x' }, finish_reason: 'weary' }] }, 'weary'],
    ['a refused topic', { choices: [{ message: { content: 'x' }, finish_reason: 'blacklist' }] }, 'blacklist'],
    ['no finish_reason', { choices: [{ message: { content: 'x' } }] }, 'stop'],
    [
      'unknown keys',
      { surprise: 1, choices: [{ message: { content: 'x', extra: 1 }, finish_reason: 'stop' }] },
      'stop',
    ],
  ])('%s passes', async (_, over, finishReason) => {
    const { client } = await setup([replyJson(200, answer(over))])

    const got = await client.chat(request)

    expect(got).toMatchObject({ finishReason, message: { role: 'assistant', content: 'x' } })
  })

  test('content null remains, for the message goes back as it came', async () => {
    const { client } = await setup([replyJson(200, answer({ choices: [{ message: { content: null } }] }))])

    const got = await client.chat(request)

    expect(got.message.content).toBeNull()
  })

  test('missing cached tokens are unknown, a missing model is the one asked for', async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }
    const { client } = await setup([replyJson(200, answer({ usage, model: undefined }))])

    const got = await client.chat(request)

    expect(got).toMatchObject({ model: 'GigaChat-2-Max', usage: { precachedTokens: null } })
  })

  test.each([
    ['no choices', replyJson(200, answer({ choices: [] })), 'choices'],
    [
      'a call without a name',
      replyJson(200, answer({ choices: [{ message: { function_call: {} } }] })),
      'choices.0.message.function_call.name',
    ],
    ['HTML with status 200', replyHtml(200), 'the whole'],
    ['a list', replyJson(200, []), 'the whole'],
  ])('%s is refused once, naming the place and quoting nothing', async (_, behaviour, where) => {
    const { client, server, register, lines } = await setup([behaviour])

    const err = await failure(client.chat(request))

    expect(err).toBeInstanceOf(UpstreamError)
    expect(err).toMatchObject({ status: 200, retryable: false, message: expect.stringContaining(where) })
    expect(chats(server)).toHaveLength(1)
    expect(await metricValue(register, 'bot_llm_failures_total', { reason: 'shape' })).toBe(1)
    expect(lines.map(line => line.event)).toEqual(['schema_drift', 'upstream_failed'])
  })

  test('an answer without end is not read to its end', async () => {
    const { client } = await setup([flood])

    const err = await failure(client.chat(request))

    expect(err).toMatchObject({ name: 'UpstreamError', message: expect.stringContaining('too large') })
  })
})
