import { ChatBody, type ChatFunction, type WireMessage } from './chat-contract.ts'

interface Refusal {
  status: number
  message: string
}

type Checked = { request: ChatBody } | { refusal: Refusal }

/** Keys of a function schema that the real service is reported to refuse. */
const unknownSchemaKeys = new Set(['additionalProperties', '$schema', 'nullable'])

/** Reads a request body and applies the rules of the chat API; a refusal carries the status and wording of the real service. */
export function checkChatRequest(body: unknown, knownModels: ReadonlySet<string>): Checked {
  const parsed = ChatBody.safeParse(body)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    return refuse(400, `Bad request: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed body'}`)
  }
  const request = parsed.data
  if (!knownModels.has(request.model)) return refuse(404, 'No such model')
  const refusal = refuseFunctions(request) ?? refuseMessages(request.messages)
  return refusal ? { refusal } : { request }
}

const refuse = (status: number, message: string) => ({ refusal: { status, message } })

function refuseFunctions({ functions, function_call: choice }: ChatBody): Refusal | null {
  for (const spec of functions) {
    if (spec.parameters === undefined) return { status: 404, message: `Function schema for ${spec.name} not found` }
    const key = unknownKey(spec.parameters)
    if (key !== null) return { status: 400, message: `Bad request: unknown field ${key} in function ${spec.name}` }
  }
  if (typeof choice === 'object' && !functions.some((f: ChatFunction) => f.name === choice.name)) {
    return { status: 422, message: `Invalid params: function ${choice.name} is not in functions` }
  }
  return null
}

/** The first key, at any depth, that the service does not take. A property may still be named like one. */
function unknownKey(schema: unknown, names = false): string | null {
  if (Array.isArray(schema)) return schema.map(s => unknownKey(s)).find(k => k !== null) ?? null
  if (typeof schema !== 'object' || schema === null) return null
  for (const [key, value] of Object.entries(schema)) {
    if (!names && unknownSchemaKeys.has(key)) return key
    const deeper = unknownKey(value, !names && key === 'properties')
    if (deeper !== null) return deeper
  }
  return null
}

function refuseMessages(messages: readonly WireMessage[]): Refusal | null {
  for (const [i, message] of messages.entries()) {
    if (message.role === 'system' && i > 0) {
      return { status: 422, message: 'Invalid params: system message must be the first message' }
    }
    if (message.role !== 'function') continue
    const before = messages[i - 1]
    if (before?.role !== 'assistant' || before.function_call?.name !== message.name) {
      return {
        status: 422,
        message: 'Invalid params: every assistant function result must have an assistant function call in history',
      }
    }
    if (!isJson(message.content)) {
      return { status: 422, message: 'Invalid params: invalid function result json string' }
    }
  }
  return null
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch (_notJson) {
    return false
  }
}
