import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { PlayedSeed } from './simulate.ts'

/** What a thread is started with. */
export interface SeedThread {
  /** Plays streams and pace instead of the bots. */
  pace: boolean
  /** The next seed that no thread has taken; all threads count it up. */
  next: Int32Array
  /** The first seed that is not to be played. */
  end: number
}

interface SeedRange {
  from: number
  count: number
  pace: boolean
  threads?: number
}

/**
 * Plays seeds on as many threads as the machine has cores, compiled only. Resolves to the results in the order of the seeds. Rejects when
 * a bot throws what it must not, with the number of the seed.
 */
export async function playSeeds({
  from,
  count,
  pace,
  threads = availableParallelism(),
}: SeedRange): Promise<PlayedSeed[]> {
  const next = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  next[0] = from
  const given: SeedThread = { pace, next, end: from + count }
  const played = await Promise.all(Array.from({ length: threads }, () => playOnThread(given)))
  return played.flat().sort((a, b) => a.seed - b.seed)
}

/** Equal for the same seeds when all of them took the same steps. */
export const hashOfAll = (played: readonly PlayedSeed[]): string =>
  createHash('sha256')
    .update(played.map(({ seed, hash, steps }) => `${seed} ${hash} ${steps}`).join())
    .digest('hex')
    .slice(0, 16)

const playOnThread = (given: SeedThread) =>
  new Promise<PlayedSeed[]>((resolve, reject) => {
    const thread = new Worker(new URL('./seed-thread.js', import.meta.url), { workerData: given })
    thread.once('message', resolve)
    thread.once('error', reject)
  })
