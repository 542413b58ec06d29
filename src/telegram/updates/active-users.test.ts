import { expect, test } from 'vitest'
import { createActiveUsers } from './active-users.ts'

function setup() {
  let at = 0
  const active = createActiveUsers(() => new Date(at))
  const wait = (ms: number) => {
    at += ms
  }
  return { active, wait }
}

test('a user who writes often is one user', () => {
  const { active } = setup()

  for (const userId of [7, 7, 8, 7]) active.seen(userId)

  expect(active.within(1000)).toBe(2)
})

test('a user silent for longer than the window is not active in it, but in a longer one', () => {
  const { active, wait } = setup()
  active.seen(7)
  wait(300_000)
  active.seen(8)

  expect([active.within(300_000), active.within(3_600_000)]).toEqual([1, 2])
})

test('who comes back counts again', () => {
  const { active, wait } = setup()
  active.seen(7)
  wait(4_000_000)

  const before = active.within(3_600_000)
  active.seen(7)

  expect([before, active.within(3_600_000)]).toEqual([0, 1])
})

test('of a crowd beyond the bound the last ones are remembered', () => {
  const { active } = setup()

  for (let userId = 1; userId <= 50_100; userId++) active.seen(userId)

  expect(active.within(1000)).toBe(50_000)
})
