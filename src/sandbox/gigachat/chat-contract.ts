import { z } from 'zod'

const json = z.record(z.string(), z.unknown())

const FunctionCall = z.object({ name: z.string().min(1), arguments: json })

const Message = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: z.string() }),
  z.object({ role: z.literal('user'), content: z.string() }),
  z.object({
    role: z.literal('assistant'),
    content: z.string().nullish(),
    function_call: FunctionCall.optional(),
    functions_state_id: z.string().optional(),
  }),
  z.object({ role: z.literal('function'), name: z.string().min(1), content: z.string() }),
])

/** A function offered to the model; `parameters` is a JSON schema of the narrow kind GigaChat takes. */
const FunctionSpec = z.object({
  name: z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]{0,63}$/),
  description: z.string().optional(),
  parameters: json.optional(),
  return_parameters: json.optional(),
  few_shot_examples: z.array(z.object({ request: z.string(), params: json })).optional(),
})

/** Body of `POST /api/v1/chat/completions` as far as the fake reads it. */
export const ChatBody = z.object({
  model: z.string().min(1),
  messages: z.array(Message).min(1),
  functions: z.array(FunctionSpec).default([]),
  function_call: z.union([z.enum(['auto', 'none']), z.object({ name: z.string() })]).optional(),
  temperature: z.number().positive().max(2).optional(),
  top_p: z.number().min(0).max(1).optional(),
  max_tokens: z.int().positive().optional(),
  repetition_penalty: z.number().optional(),
  stream: z.literal(false).optional(),
})

export type ChatBody = z.infer<typeof ChatBody>
export type WireMessage = ChatBody['messages'][number]
export type ChatFunction = ChatBody['functions'][number]

/** One turn of the model: words, or one function call. */
export type ModelReply = { text: string } | { call: { name: string; arguments: Record<string, unknown> } }

/** The same on the wire, where a scripted call may carry malformed arguments. */
export type WireReply = { text: string } | { call: { name: string; arguments: unknown } }

/** Answers a request that passed every check. Deterministic: the same request gets the same reply. */
export type Model = (request: ChatBody) => ModelReply
