import { z } from 'zod'
import { parseJson } from '../../shop/json.ts'
import {
  type AssistantMessage,
  type ChatAnswer,
  type ChatRequest,
  FunctionCall,
  type Message,
} from '../model/chat-model.ts'
import { TokenCount } from '../model/token-count.ts'
import { toWireFunction } from './function-schema.ts'
import { GigaChatError } from './gigachat-error.ts'

/**
 * What writes the body of `POST /chat/completions`. A message and a function go with several calls: each is written as JSON and
 * as UTF-8 once. With `none` the functions stay at home: some models call what they see.
 */
export function createWireBody(): (request: ChatRequest, model: string) => Buffer {
  const writeMessage = createWriter((message: Message) => message)
  const writeFunction = createWriter(toWireFunction)
  return ({ messages, functions = [], functionCall }, model) => {
    const called = functionCall !== 'none' && functions.length > 0
    return Buffer.concat([
      Buffer.from(`{"model":${JSON.stringify(model)},"messages":[`),
      ...listed(messages.map(writeMessage)),
      ...(called ? [Buffer.from('],"functions":['), ...listed(functions.map(writeFunction))] : []),
      Buffer.from(`],"function_call":${JSON.stringify(called ? functionCall : 'none')}}`),
    ])
  }
}

function createWriter<T extends object>(toWire: (value: T) => object): (value: T) => Buffer {
  const written = new WeakMap<T, Buffer>()
  return value => {
    const json = written.get(value) ?? Buffer.from(JSON.stringify(toWire(value)))
    written.set(value, json)
    return json
  }
}

const comma = Buffer.from(',')
const listed = (items: readonly Buffer[]): Buffer[] =>
  items.flatMap((item, index) => (index === 0 ? item : [comma, item]))

/** Only what is used is asked for; the rest may change. */
const WireAnswer = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          function_call: FunctionCall.nullish(),
          functions_state_id: z.string().nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  model: z.string().nullish(),
  usage: z
    .object({
      prompt_tokens: TokenCount,
      completion_tokens: TokenCount,
      total_tokens: TokenCount,
      precached_prompt_tokens: TokenCount,
    })
    .nullable()
    .catch(null),
})

/** An answer checked, in our terms. Throws GigaChatError that names what is missing and quotes nothing. */
export function parseAnswer(body: string, requestModel: string, responseTimeMs: number): ChatAnswer {
  const parsed = WireAnswer.safeParse(parseJson(body))
  const choice = parsed.data?.choices[0]
  if (!parsed.success || choice === undefined) {
    const where = parsed.error?.issues.map(issue => issue.path.join('.') || 'the whole').join(', ')
    throw new GigaChatError('shape', 200, `answer of an unknown shape: ${where}`)
  }
  const { function_call, functions_state_id, content } = choice.message
  const { usage, model } = parsed.data
  const message: AssistantMessage = {
    role: 'assistant',
    // echoed as it came, null included
    content: content === undefined ? '' : content,
    ...(function_call ? { function_call } : {}),
    ...(functions_state_id ? { functions_state_id } : {}),
  }
  return {
    message,
    finishReason: choice.finish_reason ?? (function_call ? 'function_call' : 'stop'),
    usage: {
      promptTokens: usage?.prompt_tokens ?? null,
      completionTokens: usage?.completion_tokens ?? null,
      totalTokens: usage?.total_tokens ?? null,
      precachedTokens: usage?.precached_prompt_tokens ?? null,
    },
    provider: 'gigachat',
    asked: requestModel,
    model: model ?? requestModel,
    responseTimeMs,
  }
}
