import { describe, expect, test } from 'vitest'
import { compare } from './compare.ts'
import { type CheckResult, type EvalResult, shareOf } from './result.ts'

const check = (rest: Partial<CheckResult> = {}): CheckResult => ({
  rule: 'has',
  check: 'step 1 has молоко',
  passed: 0,
  of: 1,
  found: 'Хлеб',
  ...rest,
})

/** Ten conversations, of which the first failed these checks, each with that many tokens. */
function result({ failed = [], tokens = 1_000, passed = 100, of = 100 }: Partial<Given> = {}): EvalResult {
  return {
    model: 'standin',
    promptVersions: ['0123456789ab'],
    repeat: 1,
    rules: { has: shareOf([check({ passed, of })]) },
    totals: { turns: 30, tokens, costRub: 1, seconds: 1 },
    conversations: Array.from({ length: 10 }, (_, i) => ({
      id: `conversation-${i}`,
      turns: 3,
      tokens: tokens + i,
      costRub: (tokens + i) / 1_000,
      seconds: 1,
      checks: 5,
      failed: i === 0 ? failed : [],
    })),
  }
}
interface Given {
  failed: CheckResult[]
  tokens: number
  passed: number
  of: number
}

test('the same is not worse', () => {
  expect(compare(result(), result(), true)).toEqual([])
  expect(compare(result(), result(), false)).toEqual([])
})

describe('a model that answers alike each time', () => {
  test('falls with one check that held', () => {
    expect(compare(result({ failed: [check()] }), result(), true)).toEqual([
      'conversation-0: has: step 1 has молоко; found: Хлеб',
    ])
  })

  test('does not fall with a check that had failed, or with a known gap', () => {
    expect(compare(result({ failed: [check()] }), result({ failed: [check()] }), true)).toEqual([])
    expect(compare(result({ failed: [check({ gap: 'not built yet' })] }), result(), true)).toEqual([])
  })
})

describe('a model that varies', () => {
  test('does not fall by chance', () => {
    expect(compare(result({ passed: 96 }), result({ passed: 98 }), false)).toEqual([])
  })

  test('falls when the interval lies below that of the baseline', () => {
    expect(compare(result({ passed: 80 }), result({ passed: 98 }), false)).toEqual([
      expect.stringMatching(/^has: 80 of 100 \(71\.\d to 86\.\d %\) after 98 of 100/),
    ])
  })
})

test('a cost that rises by a fifth is worse, one that rises by a sentence is not', () => {
  expect(compare(result({ tokens: 1_200 }), result(), true)).toEqual([
    'tokens of a conversation rose by 19.9 % over 10 conversations',
    'roubles of a conversation rose by 19.9 % over 10 conversations',
  ])
  expect(compare(result({ tokens: 1_020 }), result(), true)).toEqual([])
  expect(compare(result({ tokens: 600 }), result(), true)).toEqual([])
})
