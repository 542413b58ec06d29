import { z } from 'zod'
import { McpError } from '../errors.ts'
import { orNull } from './lenient.ts'
import { parseNutrition } from './nutrition-parser.ts'
import { plainLine, plainText } from './plain-text.ts'
import { parseProduct } from './product-parser.ts'
import type { ProductDetails } from './shop.ts'

/** More than any card of the shop has. */
const mostProperties = 60

const Property = z.looseObject({ name: z.string(), value: z.string() })
const Card = z.looseObject({ description: orNull(z.string()), properties: orNull(z.array(z.unknown())) })

/** Parses a product card. Throws McpError if it is invalid. */
export function parseDetails(data: unknown): ProductDetails {
  const product = parseProduct(data)
  const card = Card.safeParse(data)
  if (product === null || !card.success) throw new McpError('unreadable', 'not a product card', false)
  const properties = parseProperties(card.data.properties ?? [])
  return {
    ...product,
    description: plainText(card.data.description ?? '') || null,
    properties,
    nutrition: nutritionOf(properties),
  }
}

/** Parses properties; those without a value are skipped. */
function parseProperties(raw: unknown[]): Record<string, string> {
  const entries = raw.slice(0, mostProperties).flatMap(item => {
    const property = Property.safeParse(item)
    if (!property.success) return []
    const entry = [plainLine(property.data.name), plainText(property.data.value)] as const
    return entry.includes('') ? [] : [entry]
  })
  return Object.fromEntries(entries)
}

function nutritionOf(properties: Record<string, string>) {
  const value = Object.entries(properties).find(([name]) => /пищевая|энергетическая/i.test(name))?.[1]
  return value === undefined ? null : parseNutrition(value)
}
