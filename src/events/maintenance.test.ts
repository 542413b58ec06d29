import { expect, test } from 'vitest'
import { TimeoutError, UpstreamError } from '../errors.ts'
import { silentLog } from '../telemetry/log.ts'
import { createEventMaintenance } from './maintenance.ts'

/** A store that fails as long as `failure` gives an error; a second passes with each try. */
const setup = (failure: (tries: number) => Error | undefined) => {
  let tries = 0
  let pruned = 0
  const maintenance = createEventMaintenance({
    store: {
      ensurePartitions: async () => {
        const err = failure(++tries)
        if (err !== undefined) throw err
        return []
      },
      pruneBatches: async () => {
        pruned += 1
      },
    },
    log: silentLog,
    now: () => new Date('2026-03-10T09:00:00Z'),
    sleep: async () => undefined,
    elapsedMs: () => tries * 1_000,
  })
  return { maintenance, tries: () => tries, pruned: () => pruned }
}
const busy = new TimeoutError('postgres', 5_000)

test('a start waits for a PostgreSQL that is too busy for a moment', async () => {
  const { maintenance, tries, pruned } = setup(n => (n < 5 ? busy : undefined))

  await maintenance.start()
  maintenance.stop()

  expect([tries(), pruned()]).toEqual([5, 1])
})

test('it waits for a minute', async () => {
  const { maintenance, tries } = setup(() => busy)

  await expect(maintenance.start()).rejects.toBe(busy)

  expect(tries()).toBe(60)
})

test('what does not pass by waiting ends it immediately', async () => {
  const refused = new UpstreamError('postgres', null, 'permission denied', false)
  const { maintenance, tries } = setup(() => refused)

  await expect(maintenance.start()).rejects.toBe(refused)

  expect(tries()).toBe(1)
})

test('a stop ends it', async () => {
  const { maintenance, tries } = setup(n => {
    if (n === 3) maintenance.stop()
    return busy
  })

  await expect(maintenance.start()).rejects.toBe(busy)

  expect(tries()).toBe(3)
})
