import { expect, test } from 'vitest'
import { ownTurn } from './own-turn.ts'

test('of those that wait at the same moment one goes on in each turn of the event loop, in their order', async () => {
  let turn = 0
  const count = () => {
    turn += 1
    counting = setImmediate(count)
  }
  let counting = setImmediate(count)
  const wentOn: { name: string; turn: number }[] = []

  await Promise.all(
    ['a', 'b', 'c'].map(async name => {
      await ownTurn()
      wentOn.push({ name, turn })
    }),
  )

  clearImmediate(counting)
  expect(wentOn.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(new Set(wentOn.map(({ turn }) => turn)).size).toBe(3)
})

test('what has begun goes before what begins', async () => {
  const wentOn: string[] = []

  await Promise.all([
    ownTurn('begins').then(() => wentOn.push('begins')),
    ownTurn().then(() => wentOn.push('goes on')),
    ownTurn().then(() => wentOn.push('goes on too')),
  ])

  expect(wentOn).toEqual(['goes on', 'goes on too', 'begins'])
})

test('one that waits when no other does has its turn too', async () => {
  await ownTurn()

  await expect(ownTurn()).resolves.toBeUndefined()
})
