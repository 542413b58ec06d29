import { expect, test } from 'vitest'
import { eventually } from '../testing/start-bot.ts'
import { createWaitingUsers } from './waiting-users.ts'

/** Users who wait so many milliseconds each, and the seconds at which each read something new. */
function setup({ waits, processes = 1 }: { waits: readonly number[]; processes?: number }) {
  let now = 0
  let wake: (() => void) | undefined
  const sleep = () => new Promise<void>(resolve => (wake = resolve))
  const users = createWaitingUsers({ sleep, processes: () => processes, nowMs: () => now })
  const seen = waits.map((): number[] => [])
  const leave = waits.map((waitMs, i) => {
    let shownAt = 0
    return users.add({
      place: () => ({ ahead: i, waitMs }),
      shownAt: () => shownAt,
      isOutdated: () => true,
      renew: async () => {
        shownAt = now
        seen[i]?.push(now / 1000)
      },
    })
  })
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      await eventually(() => wake !== undefined)
      now += 1_000
      const next = wake
      wake = undefined
      next?.()
    }
    await eventually(() => wake !== undefined)
  }
  return { users, seen, leave, pass }
}

test('a few are renewed every ten seconds each', async () => {
  const { seen, pass } = setup({ waits: [5_000, 60_000, 600_000] })

  await pass(31)

  expect(seen).toEqual([
    [10, 20, 30],
    [10, 20, 30],
    [10, 20, 30],
  ])
})

test.each([1, 3])(
  'eight hundred keep to the budget of %i processes, the front more often than the back',
  async processes => {
    const waits = Array.from({ length: 800 }, (_, i) => 2_000 + i * 750)
    const { seen, pass } = setup({ waits, processes })

    await pass(400)

    const perSecond = new Map<number, number>()
    for (const at of seen.flat()) perSecond.set(at, (perSecond.get(at) ?? 0) + 1)
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(10)
    expect(seen.flat().length).toBeLessThanOrEqual((400 * 10) / processes)
    const front = seen.slice(0, 50).flat().length
    const back = seen.slice(-50).flat().length
    expect(front).toBeGreaterThan(3 * back)
    if (processes === 1) expect(seen.filter(at => at.length === 0)).toEqual([])
  },
)

test('who waits longest is known, until all have left', async () => {
  const { users, leave, pass } = setup({ waits: [1_000, 1_000] })
  await pass(3)

  expect([users.count(), users.oldestMs()]).toEqual([2, 3_000])
  for (const end of leave) end()
  expect([users.count(), users.oldestMs()]).toEqual([0, 0])
})
