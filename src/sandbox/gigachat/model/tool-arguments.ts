import { z } from 'zod'
import type { ChatFunction } from '../chat-contract.ts'

const Schema = z.object({
  get properties() {
    return z.record(z.string(), Schema).optional()
  },
  get items() {
    return Schema.optional()
  },
})
type Schema = z.infer<typeof Schema>

/** The functions a request offers, and how each names its arguments. */
export function offeredTools(functions: readonly ChatFunction[]) {
  const schemas = new Map(functions.map(f => [f.name, Schema.catch({}).parse(f.parameters)]))
  return {
    has: (name: string) => schemas.has(name),
    /** Whether a function takes an argument. */
    knows: (name: string, argument: string) => schemas.get(name)?.properties?.[argument] !== undefined,
    /** Keeps the arguments the function takes; of several spellings of one, the first the schema knows. */
    narrow: (name: string, wanted: Wanted): Record<string, unknown> => narrow(schemas.get(name) ?? {}, wanted),
    /** Whether the list argument of a function takes a field: `takes('nutrition_calculate', 'items', 'xml_id')`. */
    takes: (name: string, list: string, field: string) =>
      schemas.get(name)?.properties?.[list]?.items?.properties?.[field] !== undefined,
  }
}
export type Tools = ReturnType<typeof offeredTools>

/** Argument names, alternatives separated by `|`, to values; undefined ones are left out. */
export type Wanted = Record<string, unknown>

function narrow(schema: Schema, wanted: Wanted): Record<string, unknown> {
  const known = schema.properties ?? {}
  return Object.fromEntries(
    Object.entries(wanted).flatMap(([names, value]) => {
      const name = names.split('|').find(n => n in known)
      if (name === undefined || value === undefined) return []
      const items = known[name]?.items
      const fitted =
        Array.isArray(value) && items?.properties
          ? value.map(v => narrow(items, z.record(z.string(), z.unknown()).parse(v)))
          : value
      return [[name, fitted]]
    }),
  )
}
