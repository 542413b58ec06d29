import { AjvJsonSchemaValidator } from '@modelcontextprotocol/sdk/validation/ajv'
import { z } from 'zod'
import { McpError } from '../errors.ts'
import {
  cartArguments,
  detailsArguments,
  type McpToolName,
  maxCartPositions,
  maxProductId,
  maxQuantity,
  maxQueryLength,
  mcpToolNames,
  minQuantity,
  searchArguments,
} from './tools.ts'

const ListedTool = z.looseObject({ name: z.string(), inputSchema: z.looseObject({}).optional().catch(undefined) })
export type ListedTool = z.infer<typeof ListedTool>

const ToolPage = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().nullish() })

/** Parses a page of `tools/list`; invalid tools are skipped. Throws McpError if it is not a list. */
export function parseToolPage(result: unknown): { tools: ListedTool[]; nextCursor: string | undefined } {
  const page = ToolPage.safeParse(result)
  if (!page.success) throw new McpError('unreadable', 'not a list of tools', false)
  const tools = page.data.tools.flatMap(tool => {
    const listed = ListedTool.safeParse(tool)
    return listed.success ? [listed.data] : []
  })
  return { tools, nextCursor: page.data.nextCursor ?? undefined }
}

/** Extreme arguments that we send: a schema that accepts these accepts all. */
const samples: Record<McpToolName, Record<string, unknown>[]> = {
  vkusvill_products_search: [
    searchArguments('я', 'popularity'),
    searchArguments('я', 'rating'),
    searchArguments('я', 'price_asc'),
    searchArguments('я', 'price_desc'),
    searchArguments('я'.repeat(maxQueryLength), 'new'),
  ],
  vkusvill_product_details: [detailsArguments(1), detailsArguments(maxProductId)],
  vkusvill_cart_link_create: [
    cartArguments([{ xmlId: 1, q: minQuantity }]),
    cartArguments(Array.from({ length: maxCartPositions }, (_, i) => ({ xmlId: maxProductId - i, q: maxQuantity }))),
  ],
}

export interface Drift {
  tool: McpToolName
  detail: 'missing' | 'schema unreadable' | 'an argument is no longer known' | 'arguments are no longer accepted'
}

/** Finds tools whose schemas no longer accept our arguments. */
export function findDrift(tools: readonly ListedTool[]): Drift[] {
  const byName = new Map(tools.map(tool => [tool.name, tool]))
  return mcpToolNames.flatMap(tool => {
    const detail = driftOf(samples[tool], byName.get(tool))
    return detail === null ? [] : [{ tool, detail }]
  })
}

function driftOf(sent: Record<string, unknown>[], tool: ListedTool | undefined): Drift['detail'] | null {
  if (tool === undefined) return 'missing'
  const schema = tool.inputSchema
  if (schema === undefined) return 'schema unreadable'
  const properties = z.looseObject({}).catch({}).parse(schema.properties)
  if (sent.some(args => Object.keys(args).some(name => !(name in properties)))) return 'an argument is no longer known'
  try {
    // a new validator each time, since it caches compiled schemas for its lifetime
    const validate = new AjvJsonSchemaValidator().getValidator(schema)
    return sent.every(args => validate(args).valid) ? null : 'arguments are no longer accepted'
  } catch {
    return 'schema unreadable'
  }
}
