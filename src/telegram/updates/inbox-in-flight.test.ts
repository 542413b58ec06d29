import { expect, test } from 'vitest'
import { createInFlight, nothingBefore } from './inbox-in-flight.ts'
import { createInboxOutlet } from './inbox-outlet.ts'

test('an update that is handed again while its deletion is in flight is not answered again, and deleted again', async () => {
  const deletions: { updateIds: number[]; end: () => void }[] = []
  const store = {
    done: (updates: readonly { updateId: number }[]) =>
      new Promise<void>(resolve =>
        deletions.push({ updateIds: updates.map(({ updateId }) => updateId), end: () => resolve() }),
      ),
    release: async () => undefined,
  }
  let answers = 0
  const inFlight = createInFlight({
    handle: async () => {
      answers += 1
      return 'dealt_with'
    },
    outlet: createInboxOutlet(store, () => undefined),
    metrics: { waited: () => undefined },
    elapsedMs: () => 0,
  })

  await inFlight.give({ update_id: 5 }, 7, nothingBefore, true)
  expect(await inFlight.give({ update_id: 5 }, 7, nothingBefore, false)).toBe('dealt_with')
  deletions[0]?.end()
  await expect.poll(() => deletions.map(({ updateIds }) => updateIds)).toEqual([[5], [5]])

  expect(answers).toBe(1)
  deletions[1]?.end()
  await inFlight.idle()
})
