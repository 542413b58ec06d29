import fc from 'fast-check'
import { v5 } from 'uuid'
import { expect, test } from 'vitest'
import { createNameUuid } from './name-uuid.ts'

test('a name has the same uuid v5 as everywhere', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.string({ unit: 'grapheme' }), (namespace, name) => {
      expect(createNameUuid(namespace)(name)).toBe(v5(name, namespace))
    }),
  )
})
