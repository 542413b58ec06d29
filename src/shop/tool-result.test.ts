import { expect, test } from 'vitest'
import { isServiceFailure } from './service-failure.ts'
import { toolResult } from './testing/scripted-server.ts'
import { McpResult, readToolResult } from './tool-result.ts'

const read = (result: unknown) => readToolResult(McpResult.parse(result), data => data)
const failed = (text: string) => ({ ...toolResult(text), isError: true })

test.each([
  ['the text', toolResult({ ok: true, data: { items: [] } })],
  ['text in parts', { content: [{ type: 'text', text: '{"ok":true,' }, { text: '"data":{"items":[]}}' }] }],
  ['text without ok', toolResult({ data: { items: [] } })],
  ['bare data', toolResult({ items: [] })],
  ['structured content', { content: [], structuredContent: { ok: true, data: { items: [] } } }],
  ['bare structured content beside unreadable text', { ...toolResult('see above'), structuredContent: { items: [] } }],
  ['content of an unknown kind besides', { content: [{ type: 'hologram' }, ...toolResult({ items: [] }).content] }],
])('data is read from %s', (_, result) => {
  expect(read(result)).toEqual({ items: [] })
})

test.each([
  ['rate_limited', toolResult({ ok: false, error: { code: 'rate_limited', message: 'slow', retryable: true } })],
  ['rate_limit', toolResult({ ok: false, error: { code: 'rate_limit' } })],
  ['status 429', toolResult({ ok: false, error: { code: 'busy', http_status: 429 } })],
  ['a numeric code', toolResult({ ok: false, error: { code: 429 } })],
  ['a code at the top level', toolResult({ code: 'rate_limited', message: 'slow' })],
  ['a code at the top level of a refusal', toolResult({ ok: false, code: 'rate_limit' })],
  ['plain text of a failed tool', failed('Rate limit exceeded')],
  ['structured content', { content: [], structuredContent: { ok: false, error: { code: 'rate_limited' } } }],
])('a rate limit is recognised by %s', (_, result) => {
  expect(() => read(result)).toThrow(expect.objectContaining({ name: 'RateLimitError', upstream: 'shop' }))
})

test.each([
  [
    'its code',
    toolResult({ ok: false, error: { code: 'empty_input', http_status: 400, retryable: false } }),
    'empty_input',
    false,
  ],
  ['its will to be asked again', toolResult({ ok: false, error: { code: 'busy', retryable: true } }), 'busy', true],
  ['a code that is new', toolResult({ ok: false, error: { code: 'auth_required' } }), 'auth_required', true],
  ['a code at the top level', toolResult({ ok: false, code: 'oops', retryable: true }), 'oops', true],
  ['its will to be left alone', toolResult({ ok: false, error: { code: 'oops', retryable: false } }), 'oops', false],
  ['a status alone', toolResult({ ok: false, error: { http_status: '404' } }), 'status_404', false],
  ['nothing but the refusal', toolResult({ ok: false }), 'tool_error', true],
  ['an error in words', toolResult({ ok: false, error: 'молоко не найдено' }), 'tool_error', true],
  ['an error without ok', toolResult({ error: { code: 'invalid_input' } }), 'invalid_input', false],
  ['a code that is a sentence', toolResult({ ok: false, error: { code: 'нет молока' } }), 'tool_error', true],
  ['a failed tool with JSON', failed('{"message":"x"}'), 'tool_error', true],
  ['a failed tool in plain text', failed('Product молоко exploded'), 'tool_error', true],
])('a refusal keeps %s', (_, result, code, retryable) => {
  expect(() => read(result)).toThrow(expect.objectContaining({ name: 'MCPError', code, retryable }))
})

test.each([
  ['a code about what was asked for', toolResult({ ok: false, error: { code: 'invalid_input' } }), false],
  ['a status about what was asked for', toolResult({ ok: false, error: { code: 'oops', http_status: 404 } }), false],
  ['words about what was asked for', failed('Product with xml_id 5 was not found'), false],
  ['Russian words about it', failed('Товар с таким номером не найден'), false],
  ['a new code', toolResult({ ok: false, error: { code: 'auth_required', retryable: false } }), true],
  ['other words of a failed tool', failed('Internal error: database is locked'), true],
  ['words about the session', failed('Session not found'), true],
  ['no words', { content: [], isError: true }, true],
])('of a refusal with %s it is known whether the shop works', (_, result, isFailure) => {
  let thrown: unknown
  try {
    read(result)
  } catch (err) {
    thrown = err
  }
  expect(isServiceFailure(thrown)).toBe(isFailure)
})

test.each([
  ['prose', toolResult('молоко'), false],
  ['a list', toolResult('[]'), false],
  ['cut JSON', toolResult('{"ok":true,'), false],
  ['a page of a proxy', toolResult(' <html>502</html>'), true],
  ['no content', {}, false],
  ['content of the wrong type', { content: 'молоко' }, false],
])('%s is unreadable', (_, result, retryable) => {
  expect(() => read(result)).toThrow(expect.objectContaining({ name: 'MCPError', code: 'unreadable', retryable }))
})

test('no error contains text of the server', () => {
  const results = [
    failed('молоко'),
    toolResult('молоко'),
    toolResult({ ok: false, error: { code: 'x', message: 'молоко' } }),
  ]

  for (const result of results)
    expect(() => read(result)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('молоко'), cause: undefined }),
    )
})
