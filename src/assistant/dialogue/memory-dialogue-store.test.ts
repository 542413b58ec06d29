import { expect, test } from 'vitest'
import type { Message } from '../model/chat-model.ts'
import { createMemoryDialogueStore } from './memory-dialogue-store.ts'

const dialogue: Message[] = [{ role: 'user', content: 'чай' }]
const hour = 3_600_000

function setup(options: { maxTexts?: number; maxBytes?: number } = {}) {
  let nowMs = Date.parse('2026-11-22T12:00:00Z')
  const store = createMemoryDialogueStore({ ...options, now: () => new Date(nowMs) })
  const wait = (ms: number) => {
    nowMs += ms
  }
  return { store, wait }
}

test('a dialogue expires 24 h after it was saved', async () => {
  const { store, wait } = setup()
  await store.save(7, dialogue)
  wait(24 * hour + 1)

  const loaded = await store.load(7)

  expect(loaded).toEqual([])
})

test('a load begins the 24 h anew', async () => {
  const { store, wait } = setup()
  await store.save(7, dialogue)
  wait(23 * hour)
  await store.load(7)
  wait(23 * hour)

  const loaded = await store.load(7)

  expect(loaded).toEqual(dialogue)
})

test('the dialogue unused for longest makes room', async () => {
  const { store } = setup({ maxTexts: 2 })
  await store.save(1, dialogue)
  await store.save(2, dialogue)
  await store.load(1)
  await store.save(3, dialogue)

  const loaded = await Promise.all([1, 2, 3].map(userId => store.load(userId)))

  expect(loaded).toEqual([dialogue, [], dialogue])
})

test('a thousand dialogues fit when nothing else is asked for, not one more', async () => {
  const { store } = setup()
  for (let userId = 0; userId <= 1000; userId++) await store.save(userId, dialogue)

  const loaded = await Promise.all([0, 1, 1000].map(userId => store.load(userId)))

  expect(loaded).toEqual([[], dialogue, dialogue])
})

test('long dialogues make room sooner', async () => {
  const { store } = setup({ maxBytes: 5_000 })
  const long: Message[] = [{ role: 'user', content: 'чай '.repeat(250) }]
  for (const userId of [1, 2, 3]) await store.save(userId, long)

  const loaded = await Promise.all([1, 2, 3].map(userId => store.load(userId)))

  expect(loaded).toEqual([[], long, long])
})

test('a dialogue takes a byte for each letter that is not Cyrillic, and comes back as it was', async () => {
  const { store } = setup()
  const latin: Message[] = [{ role: 'user', content: 'x'.repeat(1_000) }]
  const mixed: Message[] = [{ role: 'user', content: 'чай 🍵 \u0000 "tea"' }]

  await store.save(1, latin)
  const held = store.heldBytes()
  await store.save(2, mixed)

  expect(held).toBeGreaterThan(1_000)
  expect(held).toBeLessThan(1_200)
  expect(await Promise.all([1, 2].map(userId => store.load(userId)))).toEqual([latin, mixed])
})
