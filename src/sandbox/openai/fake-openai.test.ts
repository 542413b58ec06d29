import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { createFaults } from '../faults.ts'
import { createFakeOpenAi } from './fake-openai.ts'

const tool = {
  type: 'function',
  function: {
    name: 'vkusvill_products_search',
    parameters: { type: 'object', properties: { queries: { type: 'array', items: { type: 'string' } } } },
  },
}
const user = { role: 'user', content: 'найди молоко' }
const call = (id: string) => ({ id, type: 'function', function: { name: 'vkusvill_products_search', arguments: '{}' } })
const body = (more: Record<string, unknown> = {}) => ({ model: 'any', messages: [user], ...more })

async function start() {
  const faults = createFaults()
  const fake = createFakeOpenAi({ faults, key: 'secret' })
  const server = express().use(fake.router).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/chat/completions`
  const ask = async (sent: unknown, key = 'secret') => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: typeof sent === 'string' ? sent : JSON.stringify(sent),
    })
    return { status: response.status, json: JSON.parse(await response.text()) }
  }
  return { ask, fake, faults }
}

test('the rule model answers in OpenAI’s words: a call with an id and arguments as text, then text', async () => {
  const { ask } = await start()

  const { json: first } = await ask(body({ tools: [tool], tool_choice: 'auto' }))
  const message = first.choices[0].message
  const result = { role: 'tool', tool_call_id: message.tool_calls[0].id, content: '{"ok":true,"products":[]}' }
  const { json: second } = await ask(body({ messages: [user, message, result] }))

  expect(first.choices[0].finish_reason).toBe('tool_calls')
  expect(JSON.parse(message.tool_calls[0].function.arguments)).toEqual({ queries: ['молоко'] })
  expect(first.usage.total_tokens).toBe(first.usage.prompt_tokens + first.usage.completion_tokens)
  expect(second.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: expect.any(String) } })
})

test.each<[string, unknown, RegExp]>([
  ['no messages', body({ messages: [] }), /messages/],
  ['a choice without tools', body({ tool_choice: 'auto' }), /tool_choice/],
  [
    'a forced tool that is not offered',
    body({ tools: [tool], tool_choice: { type: 'function', function: { name: 'x' } } }),
    /not found/,
  ],
  [
    'a result without its call',
    body({ messages: [user, { role: 'tool', tool_call_id: 'a', content: '{}' }] }),
    /preceding message/,
  ],
  [
    'a call without its result',
    body({ messages: [user, { role: 'assistant', tool_calls: [call('a')] }, user] }),
    /followed by tool messages/,
  ],
  [
    'a call at the end',
    body({ messages: [user, { role: 'assistant', tool_calls: [call('a')] }] }),
    /followed by tool messages/,
  ],
  [
    'arguments that are no text',
    body({
      messages: [user, { role: 'assistant', tool_calls: [{ ...call('a'), function: { name: 'f', arguments: {} } }] }],
    }),
    /arguments/,
  ],
  [
    'GigaChat’s own role of results',
    body({ messages: [user, { role: 'function', name: 'f', content: '{}' }] }),
    /role/,
  ],
  ['a body that is no JSON', '{', /not readable/],
])('%s is refused with 400, as OpenAI’s own service does', async (_what, sent, expected) => {
  const { ask } = await start()

  const { status, json } = await ask(sent)

  expect(status).toBe(400)
  expect(json.error.message).toMatch(expected)
})

test('several calls of one turn, each with its result, are a dialogue', async () => {
  const { ask } = await start()
  const results = ['a', 'b'].map(id => ({ role: 'tool', tool_call_id: id, content: '{"ok":true,"products":[]}' }))

  const { status } = await ask(
    body({ messages: [user, { role: 'assistant', content: null, tool_calls: [call('a'), call('b')] }, ...results] }),
  )

  expect(status).toBe(200)
})

test('another key is refused, and a fault of its own breaks it alone', async () => {
  const { ask, fake, faults } = await start()

  expect((await ask(body(), 'wrong')).status).toBe(401)
  faults.set({ service: 'gigachat', mode: 'status', status: 500, delay_ms: 0, rate: 1 })
  expect((await ask(body())).status).toBe(200)
  faults.set({ service: 'openai', mode: 'status', status: 503, delay_ms: 0, rate: 1 })
  expect(await ask(body())).toMatchObject({ status: 503, json: { error: { message: 'Injected fault' } } })
  faults.set({ service: 'openai', mode: 'none', status: 500, delay_ms: 0, rate: 1 })
  fake.script([{ kind: 'text', text: 'по сценарию' }])
  expect((await ask(body())).json.choices[0].message.content).toBe('по сценарию')
})
