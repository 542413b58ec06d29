import { answerText } from './answer-text/answer-text.ts'
import { withoutReasoning } from './answer-text/reasoning.ts'
import { readWrittenCalls } from './answer-text/written-call.ts'
import type { AssistantMessage, ChatAnswer, FunctionCall } from './model/chat-model.ts'
import type { Tool } from './tools/tool.ts'

export interface ModelTurn {
  message: AssistantMessage
  call: FunctionCall | undefined
  /** Nothing in it is for a user, although the model wrote something: it is asked again. */
  isUnusable: boolean
}

/** A turn with the call the model made, or the one it wrote as text, when that function is offered. */
export function readTurn({ message }: ChatAnswer, offered: readonly Tool[]): ModelTurn {
  if (message.function_call !== undefined) return { message, call: message.function_call, isUnusable: false }
  const content = message.content ?? ''
  const { call, hasCall, rest } = readWrittenCalls(withoutReasoning(content))
  if (call !== null && offered.some(tool => tool.name === call.name)) {
    return { message: { role: 'assistant', content: '', function_call: call }, call, isUnusable: false }
  }
  const hasWords = answerText(rest, { hasCart: false, isCut: false }) !== null
  const isUnusable = content.trim() !== '' && (hasWords ? hasCall && offered.length > 0 : true)
  return { message, call: undefined, isUnusable }
}
