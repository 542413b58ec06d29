import { getHeapStatistics } from 'node:v8'

/** What the heap of a bot holds besides answers, with room for a burst, in bytes. Idle it is 41 MB after a collection. */
const besideAnswers = 100 * 2 ** 20
/** Heap of an answer in flight, in bytes. Alive are 135 KB (`npm run bench -- chats`); garbage piles up to twice as much, and dialogues grow. */
const perAnswer = 512 * 2 ** 10
const [least, most] = [20, 1_000]

/** How many answers in flight fit into the heap of this process, whose limit is set by `--max-old-space-size`. */
export function answersThatFit(heapLimit = getHeapStatistics().heap_size_limit): number {
  return Math.min(most, Math.max(least, Math.floor((heapLimit - besideAnswers) / perAnswer)))
}
