import { z } from 'zod'
import type { MessageContext } from '../message-context.ts'
import type { Achievement } from '../message-state.ts'
import type { FunctionSpec } from '../model/chat-model.ts'

/** In the order in which they are offered to the model: a stable order keeps its prefix cache warm. */
export const toolNames = [
  'vkusvill_products_search',
  'vkusvill_product_details',
  'vkusvill_cart_link_create',
  'recipe_ingredients',
  'nutrition_calculate',
  'user_preferences_get',
  'user_preferences_set',
  'user_preferences_delete',
  'user_restrictions',
] as const
export type ToolName = (typeof toolNames)[number]

/** What the model reads. `ok` false is an expected refusal; `note` is an instruction for the model's next turn and is left out of the history. */
export type ToolData = { ok: boolean; note?: string } & Record<string, unknown>

/**
 * The result of one call with what it achieved. A tool that fails returns the error beside what must not be lost with it;
 * a tool that throws has achieved nothing.
 */
export type ToolResult = ToolSuccess | ToolFailure

interface ToolSuccess {
  data: ToolData
  achieved?: Achievement
  /** Answered from memory, without a request to a service. */
  cached?: boolean
  /** A part of it failed: the same call may be made again. */
  isPartial?: boolean
}

interface ToolFailure {
  error: unknown
  achieved: Achievement
}

interface PreparedCall {
  /** As checked, without words for the user: two calls with equal ones are the same call. */
  args: unknown
  /** Throws when a service failed. */
  run(message: MessageContext): Promise<ToolResult>
}

export interface Tool {
  name: ToolName
  spec: FunctionSpec
  /** Arguments as the model wrote them to a call that can be made, or to what is wrong with them. */
  prepare(args: Record<string, unknown>): PreparedCall | { problem: string }
  /** Tools whose earlier results are stale after this one succeeded. */
  invalidates: readonly ToolName[]
  /** The part of a result worth keeping in history. */
  compact(data: ToolData): ToolData
}

interface ToolDefinition<S extends z.ZodObject> {
  name: ToolName
  description: string
  /** Every field carries a description: without one the model drops or mangles it. */
  schema: S
  /** Other ways in which models write the arguments, to the one of the schema. */
  read?(raw: Record<string, unknown>): Record<string, unknown>
  run(args: z.infer<S>, message: MessageContext): Promise<ToolResult>
  /** The arguments that make two calls the same call; all of them by default. */
  identity?(args: z.infer<S>): unknown
  invalidates?: readonly ToolName[]
  compact?(data: ToolData): ToolData
}

/** Creates a tool: the schema validates the arguments and, as JSON schema, describes them to the model. */
export function defineTool<S extends z.ZodObject>(definition: ToolDefinition<S>): Tool {
  const { name, description, schema, run } = definition
  return {
    name,
    spec: { name, description, parameters: parametersOf(schema) },
    prepare: raw => {
      const parsed = schema.safeParse(definition.read?.(raw) ?? raw)
      if (!parsed.success) return { problem: describeIssues(parsed.error) }
      const args = definition.identity?.(parsed.data) ?? parsed.data
      return { args, run: message => run(parsed.data, message) }
    },
    invalidates: definition.invalidates ?? [],
    compact: definition.compact ?? (data => data),
  }
}

const describeIssues = (error: z.ZodError) =>
  error.issues
    .slice(0, 5)
    .map(issue => `${issue.path.join('.') || 'аргументы'}: ${issue.message}`)
    .join('; ')

const Schema = z.object({
  type: z.string().optional(),
  description: z.string().optional(),
  enum: z.array(z.string()).optional(),
  get properties() {
    return z.record(z.string(), Schema).optional()
  },
  get items() {
    return Schema.optional()
  },
  required: z.array(z.string()).optional(),
})

/** The narrow JSON schema GigaChat understands; limits stand in the descriptions. */
const parametersOf = (schema: z.ZodObject): Record<string, unknown> =>
  Schema.parse(z.toJSONSchema(schema, { io: 'output' }))
