import { expect, test } from 'vitest'
import { createActivePeople } from './active-people.ts'

function setup() {
  let at = 0
  const people = createActivePeople(() => new Date(at))
  const wait = (ms: number) => {
    at += ms
  }
  return { people, wait }
}

test('a person who writes often is one person', () => {
  const { people } = setup()

  for (const userId of [7, 7, 8, 7]) people.seen(userId)

  expect(people.within(1000)).toBe(2)
})

test('whoever was silent for longer than the window is not active in it, but in a longer one', () => {
  const { people, wait } = setup()
  people.seen(7)
  wait(300_000)
  people.seen(8)

  expect([people.within(300_000), people.within(3_600_000)]).toEqual([1, 2])
})

test('who comes back counts again', () => {
  const { people, wait } = setup()
  people.seen(7)
  wait(4_000_000)

  const meanwhile = people.within(3_600_000)
  people.seen(7)

  expect([meanwhile, people.within(3_600_000)]).toEqual([0, 1])
})

test('of a crowd beyond the bound the last ones are remembered', () => {
  const { people } = setup()

  for (let userId = 1; userId <= 50_100; userId++) people.seen(userId)

  expect(people.within(1000)).toBe(50_000)
})
