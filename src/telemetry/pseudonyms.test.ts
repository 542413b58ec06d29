import { expect, test } from 'vitest'
import { createPseudonyms, type PseudonymSource } from './pseudonyms.ts'

/** Pseudonyms over a fake table of registered users and a fake clock. */
function setup({ registered = [7, 8], connected = true } = {}) {
  const users = new Set(registered)
  const rows = new Map<number, string>()
  const state = { mode: 'well' as 'well' | 'fails' | 'hangs', asked: 0, ms: 0 }
  const source: PseudonymSource = {
    async resolve(userId, candidate) {
      state.asked++
      if (state.mode === 'fails') throw new Error('no database')
      if (state.mode === 'hangs') await new Promise(() => undefined)
      if (users.has(userId) && !rows.has(userId)) rows.set(userId, candidate)
      return rows.get(userId)
    },
  }
  const start = () => {
    const pseudonyms = createPseudonyms(() => state.ms)
    if (connected) pseudonyms.connect(source)
    return pseudonyms
  }
  return { users, rows, state, source, start, pseudonyms: start() }
}

test('a user has one pseudonym in every process, random and different from the id', async () => {
  const { start, rows, pseudonyms } = setup()

  const mine = await pseudonyms.of(7)

  expect(mine).toMatch(/^[0-9a-z]{16}$/)
  expect(rows.get(7)).toBe(mine)
  expect(await start().of(7)).toBe(mine)
  expect(await pseudonyms.of(8)).not.toBe(mine)
})

test('a known pseudonym is returned immediately, and queried again after a minute', async () => {
  const { state, pseudonyms } = setup()
  const mine = await pseudonyms.of(7)

  expect(pseudonyms.of(7)).toBe(mine)
  expect(state.asked).toBe(1)
  state.ms = 61_000
  expect(await pseudonyms.of(7)).toBe(mine)
  expect(state.asked).toBe(2)
})

test('concurrent lines of a user share one query', async () => {
  const { state, pseudonyms } = setup()

  const found = await Promise.all(Array.from({ length: 50 }, () => pseudonyms.of(7)))

  expect(new Set(found).size).toBe(1)
  expect(state.asked).toBe(1)
})

test.each(['fails', 'hangs'] as const)('when the database %s a known user keeps the pseudonym', async mode => {
  const { state, pseudonyms } = setup()
  const mine = await pseudonyms.of(7)
  state.mode = mode
  state.ms = 61_000

  expect(await pseudonyms.of(7)).toBe(mine)
})

test('while the database is unavailable it is not queried again, and the pseudonym of the process becomes the stored one', async () => {
  const { state, rows, pseudonyms } = setup()
  state.mode = 'fails'

  const made = await pseudonyms.of(7)
  expect(pseudonyms.of(7)).toBe(made)
  expect(typeof pseudonyms.of(8)).toBe('string')
  expect(state.asked).toBe(1)
  state.mode = 'well'
  state.ms = 10_000

  expect(await pseudonyms.of(7)).toBe(made)
  expect(rows.get(7)).toBe(made)
})

test('a user with a stored pseudonym gets it again once the database is back', async () => {
  const { state, start, pseudonyms } = setup()
  const stored = await pseudonyms.of(7)
  const other = start()
  state.mode = 'fails'
  const made = await other.of(7)
  state.mode = 'well'
  state.ms = 10_000

  expect(made).not.toBe(stored)
  expect(await other.of(7)).toBe(stored)
})

test('nothing is stored for a user before registration', async () => {
  const { users, rows, pseudonyms } = setup({ registered: [] })

  const made = await pseudonyms.of(7)
  expect(rows.size).toBe(0)
  users.add(7)

  expect(await pseudonyms.of(7)).toBe(made)
  expect(rows.get(7)).toBe(made)
})

test('after an erasure the old pseudonym is not used again, even if a query for it was in flight', async () => {
  const { users, rows, pseudonyms } = setup()
  const before = await pseudonyms.of(7)
  users.delete(7)
  rows.delete(7)
  pseudonyms.invalidate(7)

  const after = await pseudonyms.of(7)
  expect(after).not.toBe(before)
  expect(rows.size).toBe(0)

  users.add(8)
  const asked = pseudonyms.of(8)
  pseudonyms.invalidate(8)
  users.delete(8)
  rows.delete(8)
  const late = await asked
  expect(await pseudonyms.of(8)).not.toBe(late)
})

test('before a database is connected a user has a pseudonym of this process', () => {
  const { pseudonyms } = setup({ connected: false })

  expect(pseudonyms.of(7)).toMatch(/^[0-9a-z]{16}$/)
  expect(pseudonyms.of(7)).toBe(pseudonyms.ofNow(7))
})
