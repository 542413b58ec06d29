import type { FunctionSpec } from '../model/chat-model.ts'

type Schema = Record<string, unknown>

interface WireFunction {
  name: string
  description: string
  parameters: Schema
}

/**
 * A function in the form GigaChat takes: of the JSON schema only the keys it is known to accept (others are refused with
 * 400), and a schema of an object even without arguments (a name alone is refused with 404).
 */
export const toWireFunction = ({ name, description, parameters }: FunctionSpec): WireFunction => ({
  name,
  description,
  parameters: { type: 'object', properties: {}, ...accepted(parameters) },
})

function accepted(schema: Schema): Schema {
  const result: Schema = {}
  if (typeof schema.type === 'string') result.type = schema.type
  if (isSchema(schema.properties)) {
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, isSchema(property) ? accepted(property) : {}]),
    )
  }
  if (isStrings(schema.required) && schema.required.length > 0) result.required = schema.required
  if (typeof schema.description === 'string') result.description = schema.description
  if (isSchema(schema.items)) result.items = accepted(schema.items)
  if (isStrings(schema.enum)) result.enum = schema.enum
  if (typeof schema.minimum === 'number') result.minimum = schema.minimum
  if (typeof schema.maximum === 'number') result.maximum = schema.maximum
  return result
}

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every(item => typeof item === 'string')
