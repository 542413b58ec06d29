import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestDatabase } from '../../test/support/database.ts'
import { bigintArray, jsonbArray, textArray, timestampArray } from './array-parameter.ts'

const orNull = <T>(value: fc.Arbitrary<T>) => fc.array(fc.option(value, { nil: null }), { maxLength: 5 })
const text = fc.string({ unit: 'binary' }).map(value => value.replaceAll('\0', ''))

test('PostgreSQL reads the arrays that were given: any text, JSON, integers of 53 bits, times, nulls, none at all', async () => {
  const { sql } = await createTestDatabase(new Date())
  const given = fc.record({
    texts: orNull(text),
    jsons: orNull(fc.record({ query: text, results_count: fc.nat(), had_results: fc.boolean() })),
    numbers: orNull(fc.maxSafeInteger()),
    // PostgreSQL writes years outside of these in another form
    times: orNull(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })),
  })

  await fc.assert(
    fc.asyncProperty(given, async ({ texts, jsons, numbers, times }) => {
      const [row] = await sql(
        `select to_jsonb($1::text[]) as texts, to_jsonb($2::jsonb[]) as jsons, to_jsonb($3::bigint[]) as numbers,
          array(select (extract(epoch from at) * 1000)::bigint from unnest($4::timestamptz[]) as at)::text[] as times`,
        [
          textArray(texts),
          jsonbArray(jsons.map(json => json && JSON.stringify(json))),
          bigintArray(numbers),
          timestampArray(times),
        ],
      )
      expect(row).toEqual({ texts, jsons, numbers, times: times.map(time => time && String(time.getTime())) })
    }),
    { numRuns: 200 },
  )
})

test('half a surrogate pair becomes the replacement character', async () => {
  const { sql } = await createTestDatabase(new Date())

  expect(await sql('select $1::text[] as texts', [textArray(['a\ud800b'])])).toEqual([{ texts: ['a\ufffdb'] }])
})

test('what is no integer or no date becomes null', () => {
  expect(bigintArray([1.5, Number.NaN, 2 ** 53, 7]).items).toEqual([null, null, null, 7])
  expect(timestampArray([new Date(Number.NaN)]).items).toEqual([null])
})
