import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { amountChange, type Change, countChange, shareChange, showChange } from './change.ts'
import { poissonInterval } from './poisson.ts'
import { none, russianFormat } from './show.ts'
import { wilsonInterval } from './wilson.ts'

/** What Grafana's panels say about change is written in SQL; it must be what chat and report say. */

const plain = (text: string) => text.replaceAll(/\s/g, ' ')
const samples = <T>(arbitrary: fc.Arbitrary<T>, count = 300) => fc.sample(arbitrary, { numRuns: count, seed: 11 })

test('intervals in SQL are those of the code', async () => {
  const { sql } = await createTestDatabase()
  const counts = [...Array(130).keys(), 1000, 8_600_000]
  const shares = samples(fc.tuple(fc.integer({ min: 1, max: 5000 }), fc.nat({ max: 1000 }))).map(([n, part]) => [
    Math.round((n * part) / 1000),
    n,
  ])

  const poisson = await sql<{ low: number; high: number }>(
    'select i.low::float8, i.high::float8 from unnest($1::numeric[]) with ordinality x (n, i), analytics.poisson_interval(x.n) i order by x.i',
    [counts],
  )
  const wilson = await sql<{ low: number; high: number }>(
    `select i.low::float8, i.high::float8 from jsonb_array_elements($1) with ordinality x (pair, i),
      analytics.wilson_interval((pair->>0)::numeric, (pair->>1)::numeric) i order by x.i`,
    [JSON.stringify(shares)],
  )

  const limits = (rows: { low: number; high: number }[]) => rows.flatMap(({ low, high }) => [low, high])
  const expected = [...counts.map(poissonInterval), ...shares.map(([hits = 0, n = 1]) => wilsonInterval(hits, n))]
  const differences = limits([...poisson, ...wilson]).map((limit, i) => Math.abs(limit - (limits(expected)[i] ?? NaN)))
  expect(differences).toHaveLength(2 * expected.length)
  expect(Math.max(...differences)).toBeLessThan(0.0001)
})

test('numbers in SQL are written as in the chat', async () => {
  const { sql } = await createTestDatabase()
  const values = [
    ...[
      0, 0.4, 1, 3.81, 9.5, 12.34, 1379.6, 9999.4, 9999.5, 594_488, 999_949, 999_950, 8_600_000, 4.2e9, 1e12, -5,
      -1234.5,
    ],
    ...samples(fc.integer({ min: 0, max: 1e9 })).map(value => value / 100),
  ]
  const formats = ['count', 'mean', 'percent', 'rub', 'short'] as const

  const rows = await sql<{ format: (typeof formats)[number]; value: number; shown: string }>(
    `select f as format, v::float8 as value, analytics.show_number(v, f) as shown from unnest($1::numeric[]) v, unnest($2::text[]) f`,
    [values, formats],
  )
  const [unknown] = await sql<{ shown: string }>(`select analytics.show_number(null, 'rub') as shown`)

  expect(rows).toHaveLength(values.length * formats.length)
  for (const { format, value, shown } of rows)
    expect([format, value, shown]).toEqual([format, value, russianFormat[format](value)])
  expect(unknown?.shown).toBe(none)
})

test('changes in SQL are those of the code, in the same words', async () => {
  const { sql } = await createTestDatabase()
  const n = fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 3000 }))
  const pairs = samples(fc.tuple(n, n, n, n))
  const shares = pairs.map(([a, b, c, d]) => [Math.min(a, b), b, Math.min(c, d), d] as const)

  const rows = await sql<{ count: string; share: string; amount: string }>(
    `select analytics.count_change((p->>0)::numeric, (p->>1)::numeric) as count,
      analytics.share_change((s->>0)::numeric, (s->>1)::numeric, (s->>2)::numeric, (s->>3)::numeric) as share,
      analytics.amount_change((p->>0)::numeric, (p->>1)::numeric, (p->>2)::numeric, (p->>3)::numeric) as amount
    from jsonb_array_elements($1) with ordinality x (p, i) join jsonb_array_elements($2) with ordinality y (s, i) using (i) order by i`,
    [JSON.stringify(pairs), JSON.stringify(shares)],
  )

  const worded = (change: Change) => plain(showChange(change))
  expect(rows.map(row => [row.count, row.share, row.amount].map(plain))).toEqual(
    pairs.map(([a, b, c, d], i) => {
      const [hits = 0, of = 0, hitsBefore = 0, ofBefore = 0] = shares[i] ?? []
      return [
        worded(countChange(a, b)),
        worded(shareChange({ n: hits, of }, { n: hitsBefore, of: ofBefore })),
        worded(amountChange({ amount: a, n: b }, { amount: c, n: d })),
      ]
    }),
  )
})
