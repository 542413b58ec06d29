import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundedJson } from './bounded-json.ts'
import { canonicalJson } from './canonical-json.ts'

const json = fc.dictionary(fc.string(), fc.jsonValue())

test('whatever the data: a JSON object within the bound', () => {
  fc.assert(
    fc.property(json, fc.integer({ min: 60, max: 2_000 }), (data, max) => {
      const text = boundedJson(data, max)

      expect(text.length).toBeLessThanOrEqual(max)
      const parsed: unknown = JSON.parse(text)
      expect(parsed).toBeTypeOf('object')
      expect(Array.isArray(parsed)).toBe(false)
    }),
  )
})

test('what fits is not touched', () => {
  fc.assert(
    fc.property(json, data => {
      expect(boundedJson(data, 1_000_000)).toBe(JSON.stringify(data))
    }),
  )
})

test('the longest list loses its tail, whole elements at a time, and says so', () => {
  const data = { ok: true, name: 'x', list: Array.from({ length: 100 }, (_, i) => ({ id: i })), short: [1, 2] }

  const parsed = JSON.parse(boundedJson(data, 400))

  expect(parsed).toMatchObject({ ok: true, name: 'x', short: [1, 2], shortened: true })
  expect(parsed.list.slice(0, 3)).toEqual([{ id: 0 }, { id: 1 }, { id: 2 }])
})

test('lists within a list lose their tails before one of them is lost', () => {
  const results = Array.from({ length: 10 }, (_, q) => ({
    q,
    products: Array.from({ length: 8 }, (_, id) => ({ id })),
  }))

  const parsed = JSON.parse(boundedJson({ ok: true, results }, 500))

  expect(parsed.results).toHaveLength(10)
  expect(parsed.results.map(({ products }: { products: unknown[] }) => products[0])).toEqual(
    results.map(() => ({ id: 0 })),
  )
})

test('a long text is shortened, never in the middle of an emoji', () => {
  const parsed = JSON.parse(boundedJson({ ok: true, text: '🍏'.repeat(5_000) }, 3_000))

  expect(parsed.ok).toBe(true)
  expect(parsed.text).toMatch(/^(?:🍏)+…$/u)
})

test('the canonical form does not depend on the order of keys, but on everything else', () => {
  const shuffled = (value: Record<string, unknown>) => Object.fromEntries(Object.entries(value).reverse())
  fc.assert(
    fc.property(json, data => {
      expect(canonicalJson({ a: data, b: 1 })).toBe(canonicalJson(shuffled({ a: shuffled(data), b: 1 })))
    }),
  )
  expect(canonicalJson({ a: [1, 2] })).not.toBe(canonicalJson({ a: [2, 1] }))
})
