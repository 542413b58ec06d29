import { z } from 'zod'
import { withoutReasoning } from '../answer-text/reasoning.ts'
import { type ChatAnswer, FunctionCall } from '../model/chat-model.ts'
import { ModelError } from '../model/model-error.ts'
import { TokenCount } from '../model/token-count.ts'
import { statusError } from './openai-error.ts'

/** Text, or parts of it as some services answer; what is no text is left out. */
const Content = z
  .union([
    z.string(),
    z.array(z.looseObject({ text: z.string().catch('') })).transform(parts => parts.map(({ text }) => text).join('')),
  ])
  .nullish()
  .catch(null)

/** Calls that can be read; the others are left out. */
const ToolCalls = z
  .array(z.unknown())
  .transform(calls => calls.flatMap(call => ToolCall.safeParse(call).data?.function ?? []))
  .nullish()
  .catch(null)
const ToolCall = z.object({ function: FunctionCall })

const Count = TokenCount.optional()

/** Only what is used is asked for: a model's reasoning, ids and whatever a service adds are passed over. */
const WireAnswer = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: Content,
          refusal: z.string().nullish().catch(null),
          tool_calls: ToolCalls,
          /** The form before `tool_calls`, which some gateways still answer with. */
          function_call: FunctionCall.nullish().catch(null),
        }),
        finish_reason: z.string().nullish().catch(null),
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: Count,
      completion_tokens: Count,
      total_tokens: Count,
      prompt_tokens_details: z.object({ cached_tokens: Count }).nullish().catch(null),
    })
    .nullish()
    .catch(null),
})

/** A refusal that came with the status of a success, as gateways in front of other services send it. */
const WireError = z.object({
  error: z.looseObject({
    code: z.union([z.string(), z.number()]).nullish().catch(null),
    type: z.string().nullish().catch(null),
    message: z.string().catch(''),
  }),
})

/** Finish reasons in our terms; an unknown one stays as it is. */
const finishReasons: Record<string, string> = { tool_calls: 'function_call', content_filter: 'blacklist' }

/**
 * An answer checked, in our terms. Cached tokens are charged by such services, at a price of their own: all that they count is
 * billable. Throws ModelError that names what is missing and quotes nothing.
 */
export function readAnswer(body: unknown, model: string, responseTimeMs: number): ChatAnswer {
  const parsed = WireAnswer.safeParse(body)
  const choice = parsed.data?.choices[0]
  if (!parsed.success || choice === undefined) throw refusalIn(body) ?? unknownShape(parsed.error)
  const { message, finish_reason: reason } = choice
  const [call, ...furtherCalls] = message.tool_calls?.length
    ? message.tool_calls
    : message.function_call
      ? [message.function_call]
      : []
  const isRefused = call === undefined && !message.content && Boolean(message.refusal)
  return {
    message:
      call === undefined
        ? { role: 'assistant', content: message.content ?? '' }
        : { role: 'assistant', content: withoutReasoning(message.content ?? '').trim(), function_call: call },
    ...(furtherCalls.length > 0 && { furtherCalls }),
    finishReason: isRefused ? 'blacklist' : finishReasonOf(reason, call !== undefined),
    usage: usageOf(parsed.data.usage),
    provider: 'openai',
    asked: model,
    model,
    responseTimeMs,
  }
}

/** Models of Ollama and llama.cpp end a turn that calls with `stop` too. A turn that ends with a call it does not contain is unusable. */
function finishReasonOf(reason: string | null | undefined, hasCall: boolean): string {
  if (hasCall) return 'function_call'
  if (reason === 'tool_calls' || reason === 'function_call') return 'error'
  return finishReasons[reason ?? 'stop'] ?? reason ?? 'stop'
}

function usageOf(usage: z.infer<typeof WireAnswer>['usage']): ChatAnswer['usage'] {
  const prompt = usage?.prompt_tokens ?? null
  const completion = usage?.completion_tokens ?? null
  const cached = usage?.prompt_tokens_details?.cached_tokens ?? null
  return {
    promptTokens: prompt === null ? null : Math.max(0, prompt - (cached ?? 0)),
    completionTokens: completion,
    totalTokens: usage?.total_tokens ?? (prompt === null || completion === null ? null : prompt + completion),
    precachedTokens: cached,
  }
}

function refusalIn(body: unknown) {
  const { error } = WireError.safeParse(body).data ?? {}
  if (error === undefined) return undefined
  const status = Number(error.code)
  return statusError(
    Number.isInteger(status) && status >= 400 && status < 600 ? status : 502,
    { kind: `${error.code ?? ''} ${error.type ?? ''}`, message: error.message },
    undefined,
  )
}

function unknownShape(error: z.ZodError | undefined): ModelError {
  const where = error?.issues.map(issue => issue.path.join('.') || 'the whole').join(', ')
  return new ModelError('openai', 'shape', 200, `answer of an unknown shape: ${where}`)
}
