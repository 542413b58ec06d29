import { z } from 'zod'
import { isJsonObject, parseJson } from '../../shop/json.ts'
import type { StreamTurn } from './stream-queue.ts'

/** The arguments of a call as the model wrote them: an object, whatever came (a string is read as JSON, also one encoded twice; anything else is `{}`). */
const CallArguments = z
  .unknown()
  .transform((value): Record<string, unknown> => {
    const parsed = typeof value === 'string' ? parseJson(value) : value
    return isJsonObject(parsed) ? parsed : {}
  })
  .prefault({})

/** What the model wants executed. */
export const FunctionCall = z.object({ name: z.string().min(1), arguments: CallArguments })
export type FunctionCall = z.infer<typeof FunctionCall>

const SystemMessage = z.object({ role: z.literal('system'), content: z.string() })
const UserMessage = z.object({ role: z.literal('user'), content: z.string() })
/** The model's turn. It is sent back as it came: `content` may be null, `functions_state_id` ties the call to its result. */
export const AssistantMessage = z.object({
  role: z.literal('assistant'),
  content: z.string().nullable(),
  function_call: FunctionCall.optional(),
  functions_state_id: z.string().optional(),
})
/** The result of the call right before it; `content` is a JSON object, serialized. */
export const FunctionMessage = z.object({ role: z.literal('function'), name: z.string().min(1), content: z.string() })

/** One message of a dialogue, in the form in which it is stored and GigaChat takes it; a client of another protocol translates. */
export const Message = z.discriminatedUnion('role', [SystemMessage, UserMessage, AssistantMessage, FunctionMessage])
export type Message = z.infer<typeof Message>
export type AssistantMessage = z.infer<typeof AssistantMessage>
export type FunctionMessage = z.infer<typeof FunctionMessage>

/** A function offered to the model. `parameters` is a JSON schema; a client leaves out what its service does not understand. */
export interface FunctionSpec {
  /** Latin letters, digits and `_`, not beginning with a digit, at most 64 characters. */
  name: string
  description: string
  parameters: Record<string, unknown>
}

export interface ChatRequest {
  /** A system message, if any, comes first and alone. */
  messages: readonly Message[]
  functions?: readonly FunctionSpec[]
  /** With `none` the functions are not sent at all; a name forces that function, which must be among them. */
  functionCall: 'auto' | 'none' | { name: string }
  /** Pseudonymous and stable within one dialogue: steers its requests to one prefix cache. Never a Telegram id. */
  sessionId: string
  /** The tool on whose behalf the model is asked, when it is not the dialogue itself; `operation` of the log lines. */
  functionName?: string
  /** A cheaper model answers, where the client has one. */
  isCheaper?: boolean
  /** The message that asks: its place in the queue for a stream. Without it the call is a message of its own, made now. */
  turn?: StreamTurn
}

/** The services a model may be of: the closed set of `gen_ai_provider_name`. `openai` is any service that speaks OpenAI's protocol. */
export const modelProviders = ['gigachat', 'openai'] as const
export type ModelProvider = (typeof modelProviders)[number]

/** Tokens as the service counted them; null where it did not say, which is not 0. */
interface ChatUsage {
  /** Without the cached ones. */
  promptTokens: number | null
  completionTokens: number | null
  /** What is billed. */
  totalTokens: number | null
  /** Served from the prefix cache: free with GigaChat, elsewhere charged at a lower price. */
  precachedTokens: number | null
}

export interface ChatAnswer {
  message: AssistantMessage
  /** What the model calls in the same turn after `message.function_call`; absent with models that call one function a turn. */
  furtherCalls?: readonly FunctionCall[]
  /** `stop`, `length`, `function_call`, `blacklist` (topic refused), `error` (unusable arguments), or anything new. */
  finishReason: string
  usage: ChatUsage
  provider: ModelProvider
  /** The model that was asked for; `model` is the one that answered. */
  asked: string
  /** As GigaChat names it, with a version behind a colon; of any other service as it was asked for. */
  model: string
  /** Of the attempt that was answered: without the wait for a free stream and without earlier attempts. */
  responseTimeMs: number
  /** How long the call waited for a free stream. */
  waitMs?: number
}

/** A language model that keeps a dialogue and calls functions. */
export interface ChatModel {
  /**
   * One turn of the dialogue. Throws RateLimitError, TimeoutError or UpstreamError after the retries that make sense; rejects
   * with the signal's reason when aborted.
   */
  chat(request: ChatRequest, signal?: AbortSignal): Promise<ChatAnswer>
}
