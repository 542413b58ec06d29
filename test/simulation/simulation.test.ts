import { expect, test } from 'vitest'
import { simulatePace } from './pace.ts'
import { plantedFaults, plantedPaceFaults } from './planted.ts'
import { type PlayedSeed, simulate } from './simulate.ts'

/** CI plays so many seeds; SIMULATION_SEEDS=10000 plays the long form. */
const seeds = Number(process.env.SIMULATION_SEEDS ?? 250)

test(`no promise is broken in ${seeds} seeds`, async () => {
  const broken: string[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const result = await simulate(seed)
    if (result.broken !== null) broken.push(`npm run simulate -- --seed ${seed}: ${result.broken.message}`)
  }

  expect(broken).toEqual([])
})

test(`streams and pace of all processes: no promise is broken in ${seeds} seeds`, async () => {
  const broken: string[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const result = await simulatePace(seed)
    if (result.broken !== null) broken.push(`npm run simulate -- --pace --seed ${seed}: ${result.broken.message}`)
  }

  expect(broken).toEqual([])
})

test('a seed is replayed to the same step, whatever was played in between', async () => {
  const play = async (seed: number) => {
    const { hash, steps, virtualMs } = await simulate(seed)
    return { hash, steps, virtualMs }
  }
  const first = [await play(3), await play(15), await play(98)]

  const again = [await play(3), await play(15), await play(98)]

  expect(again).toEqual(first)
  expect(new Set(first.map(({ hash }) => hash)).size).toBe(3)
})

test.each([
  ['order is not kept', 'updates of a user are worked on in order'],
  ['XX000 is refused permanently', 'only what can never be stored is refused'],
  ['a batch id is used twice', 'a batch has an id of its own'],
  ['a lease never ends', 'what waits is dealt with'],
  ['what was given up hands out', 'what waits is dealt with'],
  ['the head of the spool blocks', 'what waits is dealt with'],
] as const)('planted: %s is found within 1,000 seeds, and replayed to the same step', async (name, rule) => {
  const policies = plantedFaults[name]
  const found = await firstBroken(seed => simulate(seed, { policies }))

  expect(found?.broken?.rule).toBe(rule)
  const again = await simulate(found?.seed ?? 0, { policies })
  expect([again.hash, again.steps, again.broken]).toEqual([found?.hash, found?.steps, found?.broken])
})

test.each([
  ['a lease of streams never ends', 'what waits is dealt with'],
  ['each process has the streams for itself', 'no more streams than there are'],
  ['each process has the pace for itself', 'the shop is not asked faster than its pace'],
] as const)('planted: %s is found within 1,000 seeds, and replayed to the same step', async (name, rule) => {
  const policies = plantedPaceFaults[name]
  const found = await firstBroken(seed => simulatePace(seed, { policies }))

  expect(found?.broken?.rule).toBe(rule)
  const again = await simulatePace(found?.seed ?? 0, { policies })
  expect([again.hash, again.steps, again.broken]).toEqual([found?.hash, found?.steps, found?.broken])
})

async function firstBroken(play: (seed: number) => Promise<PlayedSeed>): Promise<PlayedSeed | null> {
  for (let seed = 1; seed <= 1_000; seed++) {
    const result = await play(seed)
    if (result.broken !== null) return result
  }
  return null
}
