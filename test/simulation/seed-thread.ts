import { parentPort, workerData } from 'node:worker_threads'
import { simulatePace } from './pace.ts'
import type { SeedThread } from './play-seeds.ts'
import { type PlayedSeed, simulate } from './simulate.ts'

// A thread of playSeeds(): takes one seed after the other until none is left.

const { pace, next, end }: SeedThread = workerData
const played: PlayedSeed[] = []
for (let seed = Atomics.add(next, 0, 1); seed < end; seed = Atomics.add(next, 0, 1)) {
  try {
    const { broken, hash, steps, virtualMs } = await (pace ? simulatePace(seed) : simulate(seed))
    played.push({ seed, broken, hash, steps, virtualMs })
  } catch (err) {
    throw new Error(`seed ${seed} fails`, { cause: err })
  }
}
parentPort?.postMessage(played)
