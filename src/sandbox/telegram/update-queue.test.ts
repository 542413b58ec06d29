import { expect, test } from 'vitest'
import { createUpdateQueue } from './update-queue.ts'

const press = { poll_answer: { poll_id: '1', option_ids: [0], option_persistent_ids: ['0'] } }

test('ids grow by one, and go on growing after the fake was started anew', () => {
  const first = createUpdateQueue({ now: () => new Date('2026-06-01T12:00:00Z') })
  const ids = Array.from({ length: 200 }, () => first.add(press)?.update_id ?? 0)
  const last = ids.at(-1) ?? 0

  const anew = createUpdateQueue({ now: () => new Date('2026-06-01T12:00:03Z') }).add(press)?.update_id

  expect(ids.every((id, i) => id - (ids[0] ?? 0) === i)).toBe(true)
  expect(anew).toBeGreaterThan(last)
  expect(anew).toBeLessThan(2 ** 31)
})
