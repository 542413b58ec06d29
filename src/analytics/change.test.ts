import fc from 'fast-check'
import { expect, test } from 'vitest'
import { amountChange, countChange, shareChange, showChange, showShortChange } from './change.ts'

const plain = (written: string) => written.replaceAll(/\s/g, ' ')
const natural = fc.integer({ min: 0, max: 5000 })

test.each([
  [200, 100, 'up', 1],
  [100, 200, 'down', -0.5],
  [105, 100, 'noise', 0.05],
  [0, 0, 'noise', null],
  [3, 0, 'noise', null],
  [30, 0, 'new', null],
  [0, 30, 'down', -1],
  [null, 30, 'none', null],
  [30, null, 'none', null],
])('%s after %s is %s', (now, before, kind, ratio) => {
  const change = countChange(now, before)

  expect(change.kind).toBe(kind)
  if (ratio === null) expect(change.ratio).toBeNull()
  else expect(change.ratio).toBeCloseTo(ratio, 9)
})

test('shares are compared as shares: many of few users and few of many differ', () => {
  expect(shareChange({ n: 30, of: 100 }, { n: 100, of: 1000 })).toMatchObject({ kind: 'up' })
  expect(shareChange({ n: 3, of: 10 }, { n: 1, of: 10 })).toMatchObject({ kind: 'noise' })
  expect(shareChange({ n: 0, of: 0 }, { n: 1, of: 10 })).toEqual({ kind: 'none', ratio: null })
  expect(shareChange({ n: 1, of: 10 }, { n: 0, of: 0 })).toEqual({ kind: 'none', ratio: null })
})

test('an amount is as uncertain as the number of things it is made of', () => {
  expect(amountChange({ amount: 2000, n: 2 }, { amount: 1000, n: 1 })).toMatchObject({ kind: 'noise', ratio: 1 })
  expect(amountChange({ amount: 200_000, n: 200 }, { amount: 100_000, n: 100 })).toMatchObject({ kind: 'up' })
  expect(amountChange({ amount: 0, n: 0 }, { amount: 1000, n: 1 })).toMatchObject({ kind: 'noise' })
  expect(amountChange({ amount: 0, n: 0 }, { amount: 100_000, n: 100 })).toMatchObject({ kind: 'down', ratio: -1 })
  expect(amountChange({ amount: 0, n: 0 }, { amount: 0, n: 0 })).toMatchObject({ kind: 'noise' })
  expect(amountChange({ amount: null, n: 0 }, { amount: 1000, n: 1 })).toEqual({ kind: 'none', ratio: null })
})

test('whatever the numbers, the opposite comparison says the opposite', () => {
  const opposite = { up: ['down'], down: ['up', 'new'], new: ['down'], noise: ['noise'], none: ['none'] }

  fc.assert(
    fc.property(natural, natural, (a, b) => {
      const [there, back] = [countChange(a, b), countChange(b, a)]
      expect(opposite[there.kind]).toContain(back.kind)
      if (there.kind === 'up') expect(a).toBeGreaterThan(b)
    }),
  )
})

test('what is no noise stays none with the same change among more', () => {
  fc.assert(
    fc.property(natural, natural, fc.integer({ min: 2, max: 20 }), (a, b, times) => {
      const few = countChange(a, b).kind
      if (few !== 'noise') expect(countChange(a * times, b * times).kind).toBe(few)
    }),
  )
  const share = fc.tuple(natural, natural).map(([a, b]) => ({ n: Math.min(a, b), of: Math.max(a, b, 1) }))
  fc.assert(
    fc.property(share, share, (a, b) => {
      const change = shareChange(a, b)
      if (change.kind === 'up') expect(a.n / a.of).toBeGreaterThan(b.n / b.of)
      if (change.kind === 'down') expect(a.n / a.of).toBeLessThan(b.n / b.of)
    }),
  )
})

test.each([
  [{ kind: 'up', ratio: 0.124 }, '▲ 12 %', '▲ 12 %'],
  [{ kind: 'down', ratio: -0.08 }, '▼ 8 %', '▼ 8 %'],
  [{ kind: 'up', ratio: 2.5 }, '▲ ×3,5', '▲ ×3,5'],
  [{ kind: 'noise', ratio: 0.4 }, '≈ в пределах шума', '≈'],
  [{ kind: 'new', ratio: null }, '▲ раньше не было', '▲ новое'],
  [{ kind: 'none', ratio: null }, '—', '—'],
] as const)('%o is written «%s»', (change, words, short) => {
  expect(plain(showChange(change))).toBe(words)
  expect(plain(showShortChange(change))).toBe(short)
})
