import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { simulatePace } from './pace.ts'
import { plantedFaults, plantedPaceFaults } from './planted.ts'
import { hashOfAll } from './play-seeds.ts'
import { type PlayedSeed, simulate } from './simulate.ts'

const run = promisify(execFile)
/** CI plays so many seeds of the bots, and those of streams and pace; SIMULATION_SEEDS sets both. */
const seeds = process.env.SIMULATION_SEEDS ?? '10000'
const paceSeeds = process.env.SIMULATION_SEEDS ?? '1000'

/** Resolves to what the command prints; its last line says how many promises were broken. */
async function simulateByCommand(...args: string[]): Promise<string> {
  const command = ['run', '--silent', 'simulate', '--', ...args]
  // a broken promise is no failure of the command's
  const printed = await run('npm', command).catch((err: { stdout: string; stderr: string }) => err)
  return `${printed.stderr}${printed.stdout}`.trim()
}

test(`no promise is broken in ${seeds} seeds`, { timeout: 900_000 }, async () => {
  expect(await simulateByCommand('--seeds', seeds)).toMatch(new RegExp(`^${seeds} seeds, .* 0 broken$`))
})

test(`streams and pace of all processes: no promise is broken in ${paceSeeds} seeds`, {
  timeout: 900_000,
}, async () => {
  expect(await simulateByCommand('--seeds', paceSeeds, '--pace')).toMatch(
    new RegExp(`^${paceSeeds} seeds, .* 0 broken$`),
  )
})

test('a seed takes the same steps in this process and on any number of threads', { timeout: 900_000 }, async () => {
  const here: PlayedSeed[] = []
  for (let seed = 1; seed <= 12; seed++) here.push(await simulate(seed))

  const [alone, together] = [
    await simulateByCommand('--seeds', '12', '--threads', '1'),
    await simulateByCommand('--seeds', '12', '--threads', '3'),
  ]

  expect([alone, together].map(printed => /hash (\w+)/.exec(printed)?.[1])).toEqual([hashOfAll(here), hashOfAll(here)])
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
  const found = await firstBroken(rule, seed => simulate(seed, { policies }))

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
  const found = await firstBroken(rule, seed => simulatePace(seed, { policies }))

  expect(found?.broken?.rule).toBe(rule)
  const again = await simulatePace(found?.seed ?? 0, { policies })
  expect([again.hash, again.steps, again.broken]).toEqual([found?.hash, found?.steps, found?.broken])
})

/** A fault may break other promises too, in other seeds. */
async function firstBroken(rule: string, play: (seed: number) => Promise<PlayedSeed>): Promise<PlayedSeed | null> {
  for (let seed = 1; seed <= 1_000; seed++) {
    const result = await play(seed)
    if (result.broken?.rule === rule) return result
  }
  return null
}
