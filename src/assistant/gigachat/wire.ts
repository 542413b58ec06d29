import { z } from 'zod'
import { parseJson } from '../../shop/json.ts'
import { type AssistantMessage, type ChatAnswer, type ChatRequest, FunctionCall } from '../model/chat-model.ts'
import { TokenCount } from '../model/token-count.ts'
import type { createWireFunctions } from './function-schema.ts'
import { GigaChatError } from './gigachat-error.ts'

/** The body of `POST /chat/completions`. With `none` the functions stay at home: some models call what they see. */
export function toWireRequest(
  { messages, functions = [], functionCall }: ChatRequest,
  model: string,
  toWireFunction: ReturnType<typeof createWireFunctions>,
) {
  const called = functionCall !== 'none' && functions.length > 0
  return {
    model,
    messages,
    ...(called
      ? { functions: functions.map(toWireFunction), function_call: functionCall }
      : { function_call: 'none' as const }),
  }
}

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
