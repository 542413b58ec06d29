import type { ChatBody, WireMessage } from '../gigachat/chat-contract.ts'
import { CompletionBody, type CompletionMessage } from './chat-contract.ts'

/** A request in the words of the rule model, or why it is refused: always 400, as OpenAI's own service has it. */
export type CheckedCompletion = { request: ChatBody } | { refusal: string }

/** Reads a request body, applies the rules of the protocol and translates it for the model behind both fakes. */
export function checkCompletion(body: unknown): CheckedCompletion {
  const parsed = CompletionBody.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return { refusal: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'malformed'}` }
  }
  const { model, messages, tools = [], tool_choice: choice } = parsed.data
  if (tools.length === 0 && choice !== undefined)
    return { refusal: "'tool_choice' is only allowed when 'tools' are specified" }
  const forced = typeof choice === 'object' ? choice.function.name : undefined
  if (forced !== undefined && !tools.some(tool => tool.function.name === forced))
    return { refusal: `Tool choice '${forced}' not found in 'tools'` }
  const translated = translate(messages)
  if (typeof translated === 'string') return { refusal: translated }
  return {
    request: {
      model,
      messages: translated,
      functions: tools.map(tool => ({ parameters: { type: 'object', properties: {} }, ...tool.function })),
      function_call: forced === undefined ? (choice === 'none' ? 'none' : 'auto') : { name: forced },
    },
  }
}

/** Each call becomes a turn of its own with its result behind it, as the rule model knows them. A string says what is wrong. */
function translate(messages: readonly CompletionMessage[]): WireMessage[] | string {
  const translated: WireMessage[] = []
  let expected = new Map<string, { name: string; arguments: Record<string, unknown> }>()
  for (const message of messages) {
    if (message.role === 'tool') {
      const call = expected.get(message.tool_call_id)
      if (call === undefined)
        return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'"
      expected.delete(message.tool_call_id)
      translated.push({ role: 'assistant', content: '', function_call: call })
      translated.push({ role: 'function', name: call.name, content: textOf(message.content) })
      continue
    }
    if (expected.size > 0)
      return "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'"
    if (message.role !== 'assistant') {
      translated.push({ role: message.role, content: textOf(message.content) })
      continue
    }
    const calls = message.tool_calls ?? []
    expected = new Map(
      calls.map(call => [call.id, { name: call.function.name, arguments: readArguments(call.function.arguments) }]),
    )
    const content = textOf(message.content ?? '')
    if (content !== '') translated.push({ role: 'assistant', content })
    else if (calls.length === 0) return "an assistant message needs 'content' or 'tool_calls'"
  }
  return expected.size > 0 ? "an assistant message with 'tool_calls' must be followed by tool messages" : translated
}

const textOf = (content: string | { text: string }[]): string =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('')

function readArguments(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
  } catch (_notJson) {
    return {}
  }
}
