import { expect, test } from 'vitest'
import { answersThatFit } from './in-flight-limit.ts'

test.each([
  ['the heap of npm start, 224 MB and its young generation', 248, 296],
  ['a heap twice as large', 472, 744],
  ['the heap that Node takes without a limit', 4_144, 1_000],
  ['a heap that is too small for a bot', 64, 20],
])('%s holds so many answers in flight', (_what, megabytes, answers) => {
  expect(answersThatFit(megabytes * 2 ** 20)).toBe(answers)
})
