import type { ArgumentSchema } from './tool-schemas.ts'

/** One broken rule, as the shop reports it in `error.data.validation_errors`. */
export interface ValidationError {
  pointer: string
  keyword: string
  message: string
}

/** Every rule of the schema that the value breaks; the pointer is a JSON pointer from the arguments' root. */
export function validate(value: unknown, schema: ArgumentSchema, pointer = ''): ValidationError[] {
  const error = (keyword: string, message: string) => ({ pointer: pointer || '/', keyword, message })
  if (!isOfType(value, schema.type)) return [error('type', `The value must be of type ${schema.type}.`)]
  return [
    ...brokenRules(value, schema).map(([keyword, message]) => error(keyword, message)),
    ...parts(value, schema).flatMap(([key, part, partSchema]) => validate(part, partSchema, `${pointer}/${key}`)),
  ]
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function isOfType(value: unknown, type: ArgumentSchema['type']): boolean {
  switch (type) {
    case 'object':
      return isRecord(value)
    case 'array':
      return Array.isArray(value)
    case 'integer':
      return Number.isInteger(value)
    default:
      return typeof value === type
  }
}

function brokenRules(value: unknown, schema: ArgumentSchema): [keyword: string, message: string][] {
  const broken: [string, string][] = []
  const check = (limit: number | undefined, keyword: string, holds: (limit: number) => boolean, text: string) => {
    if (limit !== undefined && !holds(limit)) broken.push([keyword, `${text} ${limit}.`])
  }
  if (typeof value === 'number') {
    check(schema.minimum, 'minimum', limit => value >= limit, 'The number must not be less than')
    check(schema.maximum, 'maximum', limit => value <= limit, 'The number must not be greater than')
  }
  if (typeof value === 'string') {
    const { length } = [...value]
    check(schema.minLength, 'minLength', limit => length >= limit, 'The number of characters must be at least')
    check(schema.maxLength, 'maxLength', limit => length <= limit, 'The number of characters must be at most')
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
      broken.push(['pattern', `The text must match ${schema.pattern}.`])
    if (schema.enum !== undefined && !schema.enum.includes(value))
      broken.push(['enum', `The value must be one of: ${schema.enum.join(', ')}.`])
  }
  if (Array.isArray(value)) {
    check(schema.minItems, 'minItems', limit => value.length >= limit, 'The number of items must be at least')
    check(schema.maxItems, 'maxItems', limit => value.length <= limit, 'The number of items must be at most')
  }
  if (isRecord(value)) {
    const missing = (schema.required ?? []).filter(key => !(key in value))
    if (missing.length > 0) broken.push(['required', `Missing required properties: ${missing.join(', ')}.`])
  }
  return broken
}

function parts(value: unknown, schema: ArgumentSchema): [key: string, part: unknown, schema: ArgumentSchema][] {
  const { items, properties = {} } = schema
  if (Array.isArray(value)) return items === undefined ? [] : value.map((part, i) => [String(i), part, items])
  if (!isRecord(value)) return []
  return Object.entries(properties).flatMap(([key, partSchema]): [string, unknown, ArgumentSchema][] =>
    key in value ? [[key, value[key], partSchema]] : [],
  )
}
