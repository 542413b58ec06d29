import { describe, expect, test } from 'vitest'
import { replyJson } from '../../../test/support/hostile-server.ts'
import type { ChatRequest, Message } from '../model/chat-model.ts'
import { completion, ok, request, search, setup, toolCall } from './testing/client-setup.ts'

const answerTo = async (body: unknown, asked: ChatRequest = request) => {
  const { client } = await setup([replyJson(200, body)])
  return client.chat(asked)
}

describe('a request', () => {
  test('carries the model and the messages, and no tools when none may be called', async () => {
    const { client, sent } = await setup([ok])

    await client.chat({ ...request, functions: [search], functionCall: 'none' })

    expect(sent()).toEqual([{ model: 'qwen3:8b', messages: request.messages }])
  })

  test('carries functions as tools, and the one that is forced', async () => {
    const { client, sent } = await setup([ok])
    const asked = { ...request, functions: [search, { name: 'bare', description: '', parameters: {} }] }

    await client.chat({ ...asked, functionCall: 'auto' })
    await client.chat({ ...asked, functionCall: { name: 'bare' } })

    expect(sent()[0]).toMatchObject({
      tools: [
        { type: 'function', function: search },
        { type: 'function', function: { name: 'bare', parameters: { type: 'object', properties: {} } } },
      ],
      tool_choice: 'auto',
    })
    expect(sent()[1]).toMatchObject({ tool_choice: { type: 'function', function: { name: 'bare' } } })
  })

  test('ties each call of a dialogue begun with GigaChat to its result, without what is GigaChat’s own', async () => {
    const { client, sent } = await setup([ok])
    const call = (q: string, content: string | null): Message => ({
      role: 'assistant',
      content,
      function_call: { name: search.name, arguments: { q } },
      functions_state_id: 'state-of-gigachat',
    })
    const result: Message = { role: 'function', name: search.name, content: '{"ok":true}' }

    await client.chat({
      ...request,
      messages: [
        { role: 'system', content: 'правила' },
        { role: 'user', content: 'молоко и хлеб' },
        call('молоко', ''),
        result,
        call('хлеб', 'Ищу хлеб'),
        result,
        { role: 'assistant', content: 'Нашёл' },
        { role: 'user', content: 'беру' },
      ],
    })

    const wireCall = (id: string, q: string) => ({
      id,
      type: 'function',
      function: { name: search.name, arguments: JSON.stringify({ q }) },
    })
    expect(sent()[0].messages).toEqual([
      { role: 'system', content: 'правила' },
      { role: 'user', content: 'молоко и хлеб' },
      { role: 'assistant', content: null, tool_calls: [wireCall('call00002', 'молоко')] },
      { role: 'tool', tool_call_id: 'call00002', content: '{"ok":true}' },
      { role: 'assistant', content: 'Ищу хлеб', tool_calls: [wireCall('call00004', 'хлеб')] },
      { role: 'tool', tool_call_id: 'call00004', content: '{"ok":true}' },
      { role: 'assistant', content: 'Нашёл' },
      { role: 'user', content: 'беру' },
    ])
  })

  test('leaves out a call without its result, a result without its call and an empty turn', async () => {
    const { client, sent } = await setup([ok])

    await client.chat({
      ...request,
      messages: [
        { role: 'user', content: 'а' },
        { role: 'function', name: 'alone', content: '{}' },
        { role: 'assistant', content: '', function_call: { name: 'unanswered', arguments: {} } },
        { role: 'assistant', content: null },
        { role: 'user', content: 'б' },
      ],
    })

    expect(sent()[0].messages).toEqual([
      { role: 'user', content: 'а' },
      { role: 'user', content: 'б' },
    ])
  })
})

describe('an answer', () => {
  test('gives its text, its usage and the configured name of the model', async () => {
    const got = await answerTo(completion({ content: 'Готово' }, { model: '/models/qwen.gguf' }))

    expect(got).toEqual({
      message: { role: 'assistant', content: 'Готово' },
      finishReason: 'stop',
      usage: { promptTokens: 100, completionTokens: 20, totalTokens: 120, precachedTokens: null },
      provider: 'openai',
      asked: 'qwen3:8b',
      model: 'qwen3:8b',
      responseTimeMs: expect.any(Number),
      waitMs: expect.any(Number),
    })
  })

  test('gives the first call as the turn’s call and the others after it, in order', async () => {
    const tool_calls = ['молоко', 'хлеб', 'сыр'].map((q, i) => toolCall(search.name, JSON.stringify({ q }), `c${i}`))

    const got = await answerTo(completion({ content: null, tool_calls }, { finish: 'tool_calls' }))

    const call = (q: string) => ({ name: search.name, arguments: { q } })
    expect(got.message).toEqual({ role: 'assistant', content: '', function_call: call('молоко') })
    expect(got.furtherCalls).toEqual([call('хлеб'), call('сыр')])
    expect(got.finishReason).toBe('function_call')
  })

  test.each<[string, unknown, Record<string, unknown>]>([
    ['JSON text', '{"q":"молоко"}', { q: 'молоко' }],
    ['an object, as Ollama’s own protocol has it', { q: 'молоко' }, { q: 'молоко' }],
    ['JSON text encoded twice', JSON.stringify('{"q":"молоко"}'), { q: 'молоко' }],
    ['text cut off', '{"q":"мол', {}],
    ['an empty text', '', {}],
    ['nothing', undefined, {}],
    ['a list', '[1]', {}],
  ])('reads arguments that are %s', async (_what, args, expected) => {
    const got = await answerTo(completion({ content: null, tool_calls: [toolCall(search.name, args)] }))

    expect(got.message.function_call).toEqual({ name: search.name, arguments: expected })
  })

  test.each<[string, Record<string, unknown>, unknown, string]>([
    ['a call that ends with stop', { content: '', tool_calls: [toolCall('f', '{}')] }, 'stop', 'function_call'],
    [
      'a call in the older form',
      { content: null, function_call: { name: 'f', arguments: '{}' } },
      'function_call',
      'function_call',
    ],
    ['a call without a name', { content: null, tool_calls: [toolCall('', '{}')] }, 'tool_calls', 'error'],
    ['no call where it ends with one', { content: null }, 'tool_calls', 'error'],
    ['text that was cut', { content: 'Гот' }, 'length', 'length'],
    ['a filtered answer', { content: null }, 'content_filter', 'blacklist'],
    ['a refusal in a field of its own', { content: null, refusal: 'нет' }, 'stop', 'blacklist'],
    ['no finish reason', { content: 'Готово' }, null, 'stop'],
    ['a finish reason of its own', { content: 'Готово' }, 'eos', 'eos'],
  ])('ends as it should with %s', async (_what, message, finish, expected) => {
    const got = await answerTo(completion(message, { finish }))

    expect(got.finishReason).toBe(expected)
    expect(got.message.function_call !== undefined).toBe(expected === 'function_call')
  })

  test.each<[string, unknown, string]>([
    ['null', null, ''],
    ['missing', undefined, ''],
    ['parts', [{ type: 'text', text: 'Го' }, { type: 'image' }, { type: 'text', text: 'тово' }], 'Готово'],
    ['a number', 7, ''],
  ])('may have content that is %s', async (_what, content, expected) => {
    expect((await answerTo(completion({ content }))).message.content).toBe(expected)
  })

  test('leaves out what the model thought before it called', async () => {
    const got = await answerTo(
      completion({
        content: '<think>нужно молоко</think>',
        reasoning_content: 'нужно молоко',
        reasoning: 'нужно молоко',
        tool_calls: [toolCall(search.name, '{"q":"молоко"}')],
      }),
    )

    expect(JSON.stringify(got.message)).not.toContain('нужно')
  })

  test.each<[string, unknown, object]>([
    ['missing', undefined, { promptTokens: null, completionTokens: null, totalTokens: null, precachedTokens: null }],
    ['null', null, { promptTokens: null, completionTokens: null, totalTokens: null, precachedTokens: null }],
    [
      'without a total',
      { prompt_tokens: 90, completion_tokens: 10 },
      { promptTokens: 90, completionTokens: 10, totalTokens: 100, precachedTokens: null },
    ],
    [
      'in digits',
      { prompt_tokens: '90', completion_tokens: '10', total_tokens: '100' },
      { promptTokens: 90, completionTokens: 10, totalTokens: 100, precachedTokens: null },
    ],
    [
      'with cached tokens, which stay billable',
      { prompt_tokens: 90, completion_tokens: 10, total_tokens: 100, prompt_tokens_details: { cached_tokens: 60 } },
      { promptTokens: 30, completionTokens: 10, totalTokens: 100, precachedTokens: 60 },
    ],
    [
      'with half of it',
      { prompt_tokens: 90, completion_tokens: null, total_tokens: -1, prompt_tokens_details: null },
      { promptTokens: 90, completionTokens: null, totalTokens: null, precachedTokens: null },
    ],
  ])('may have a usage that is %s', async (_what, usage, expected) => {
    expect((await answerTo(completion(undefined, { usage }))).usage).toEqual(expected)
  })
})
