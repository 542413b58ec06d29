import { expect, test } from 'vitest'
import { batchLimit, takeBatch } from './batches.ts'
import type { Fact } from './facts.ts'

const pending = (userId: number, kind: 'message' | 'erase' = 'message'): { fact: Fact } => ({
  fact: { kind, id: '00000000-0000-4000-8000-000000000000', userId, at: new Date(0), requestId: null },
})
const usersOf = (taken: readonly { fact: Fact }[]) => taken.map(({ fact }) => fact.userId)

test('a batch takes what waits longest, up to its limit', () => {
  const queue = Array.from({ length: batchLimit + 3 }, (_, i) => pending(i))

  expect(takeBatch(queue)).toEqual(queue.slice(0, batchLimit))
})

test('beside a batch in flight only other users are taken, those that wait behind them too', () => {
  const queue = [1, 2, 1, 3, 2, 4].map(userId => pending(userId))

  expect(usersOf(takeBatch(queue, [pending(1), pending(4)]))).toEqual([2, 3, 2])
})

test('an erasure goes alone, and nothing passes it', () => {
  const queue = [pending(1), pending(2, 'erase'), pending(3)]

  expect(usersOf(takeBatch(queue))).toEqual([1])
  expect(usersOf(takeBatch(queue.slice(1)))).toEqual([2])
  expect(takeBatch(queue.slice(1), [pending(1)])).toEqual([])
  expect(takeBatch(queue.slice(2), [pending(2, 'erase')])).toEqual([])
})
