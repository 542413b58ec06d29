import fc from 'fast-check'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { toWireFunction } from './function-schema.ts'

const spec = (parameters: Record<string, unknown>) => ({ name: 'find', description: 'finds products', parameters })

test('what GigaChat accepts remains, at every depth', () => {
  const parameters = {
    type: 'object',
    description: 'what to find',
    properties: {
      q: { type: 'string', description: 'words', enum: ['a', 'b'] },
      n: { type: 'number', minimum: 1, maximum: 40 },
      lines: { type: 'array', items: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] } },
    },
    required: ['q', 'n'],
  }

  const wire = toWireFunction(spec(parameters))

  expect(wire).toEqual({ name: 'find', description: 'finds products', parameters })
})

test('what zod writes beside it is left out', () => {
  const schema = z.strictObject({
    q: z.string().min(1).max(40).describe('words'),
    page: z.int().min(1).max(9).default(1),
  })

  const wire = toWireFunction(spec(z.toJSONSchema(schema, { io: 'input' })))

  expect(wire.parameters).toEqual({
    type: 'object',
    properties: { q: { type: 'string', description: 'words' }, page: { type: 'integer', minimum: 1, maximum: 9 } },
    required: ['q'],
  })
})

test('a function without arguments still has the schema of an object', () => {
  const wire = toWireFunction(spec({}))

  expect(wire.parameters).toEqual({ type: 'object', properties: {} })
})

test('a property may have the name of a key that is left out', () => {
  const wire = toWireFunction(spec({ properties: { format: { type: 'string' }, default: { type: 'integer' } } }))

  expect(wire.parameters.properties).toEqual({ format: { type: 'string' }, default: { type: 'integer' } })
})

test('an enum that is not of strings is left out', () => {
  const wire = toWireFunction(spec({ properties: { n: { type: 'integer', enum: [1, 2] } } }))

  expect(wire.parameters.properties).toEqual({ n: { type: 'integer' } })
})

test('whatever the schema, no other key gets through', () => {
  const allowed = ['type', 'properties', 'required', 'description', 'items', 'enum', 'minimum', 'maximum']
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string()), fc.constant(null))
  const key = fc.constantFrom(...allowed, 'format', '$schema', 'nullable', 'additionalProperties', 'default', 'anyOf')
  const { schema } = fc.letrec<{ schema: Record<string, unknown> }>(tie => ({
    schema: fc.dictionary(key, fc.oneof({ depthSize: 'small' }, leaf, tie('schema')), { maxKeys: 6 }),
  }))
  const keysOf = (value: unknown): string[] =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? []
      : Object.entries(value).flatMap(([name, inner]) =>
          name === 'properties' ? [name, ...Object.values(inner ?? {}).flatMap(keysOf)] : [name, ...keysOf(inner)],
        )

  fc.assert(
    fc.property(schema, parameters => {
      const wire = toWireFunction(spec(parameters))

      expect(keysOf(wire.parameters).filter(name => !allowed.includes(name))).toEqual([])
    }),
  )
})
