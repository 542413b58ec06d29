import type OpenAI from 'openai'
import type { ChatRequest, FunctionCall, Message } from '../model/chat-model.ts'

type WireRequest = OpenAI.Chat.ChatCompletionCreateParamsNonStreaming
type WireMessage = OpenAI.Chat.ChatCompletionMessageParam

/** The body of `POST /chat/completions`, with nothing in it that only some services know. */
export function toWireRequest({ messages, functions = [], functionCall }: ChatRequest, model: string): WireRequest {
  const base: WireRequest = { model, messages: toWireMessages(messages) }
  // a choice without tools is refused by some, and `none` beside tools still lets some models call
  if (functionCall === 'none' || functions.length === 0) return base
  return {
    ...base,
    tools: functions.map(({ name, description, parameters }) => ({
      type: 'function',
      function: { name, description, parameters: { type: 'object', properties: {}, ...parameters } },
    })),
    tool_choice: functionCall === 'auto' ? 'auto' : { type: 'function', function: functionCall },
  }
}

/** A call and its result are tied by an id, which the stored dialogue has not: the position makes one. Halves of a pair are left out. */
const toWireMessages = (messages: readonly Message[]): WireMessage[] =>
  messages.flatMap((message, index): WireMessage[] => {
    if (message.role === 'function') return []
    if (message.role !== 'assistant') return [{ role: message.role, content: message.content }]
    const { function_call: call, content } = message
    const result = messages[index + 1]
    if (call !== undefined && result?.role === 'function' && result.name === call.name)
      return toWireCall(call, content, result.content, index)
    return content === null || content === '' ? [] : [{ role: 'assistant', content }]
  })

function toWireCall(call: FunctionCall, content: string | null, result: string, index: number): WireMessage[] {
  // nine letters and digits: templates of Mistral's models take no other id
  const id = `call${String(index).padStart(5, '0')}`
  const tool: OpenAI.Chat.ChatCompletionMessageToolCall = {
    id,
    type: 'function',
    function: { name: call.name, arguments: JSON.stringify(call.arguments) },
  }
  return [
    { role: 'assistant', content: content === '' ? null : content, tool_calls: [tool] },
    { role: 'tool', tool_call_id: id, content: result },
  ]
}
