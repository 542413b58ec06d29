import { z } from 'zod'
import { parseJson } from '../shop/json.ts'
import type { KnownProduct } from './message-state.ts'
import type { Message } from './model/chat-model.ts'
import { fromBrief, ProductBrief } from './product-brief.ts'

/** Products of earlier messages, read back from the tool results in the history; the latest mention comes last. */
export const productsInHistory = (history: readonly Message[]): KnownProduct[] =>
  history.flatMap(message => {
    if (message.role !== 'function') return []
    const origin = message.name === 'recipe_ingredients' ? 'recipe' : 'user'
    return briefsIn(parseJson(message.content)).map(({ suggested_q: suggestedQ, ...brief }) => ({
      product: fromBrief(brief),
      origin,
      ...(suggestedQ !== undefined && { suggestedQ }),
    }))
  })

const StoredBrief = ProductBrief.extend({ suggested_q: z.number().positive().optional() })

function briefsIn(value: unknown): z.infer<typeof StoredBrief>[] {
  if (typeof value !== 'object' || value === null) return []
  // what cannot be one is not tried: a failed check costs several times one that succeeds
  const brief = 'xml_id' in value ? StoredBrief.safeParse(value) : undefined
  return brief?.success === true ? [brief.data] : Object.values(value).flatMap(briefsIn)
}
