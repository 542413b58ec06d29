import type { Random } from './random.ts'

/** The user blocked the bot, or let it in again. */
export interface LifeBlock {
  id: string
  /** Epoch milliseconds. */
  at: number
  blocked: boolean
}

/** One user in six blocks the bot after some event; who comes back has let it in again a second before. */
export function blocksOf(chronological: readonly { at: number }[], end: number, random: Random): LifeBlock[] {
  const after = chronological[random.int(0, Math.max(0, chronological.length - 1))]
  if (after === undefined || !random.chance(0.16)) return []
  const at = after.at + random.int(60, 7_200) * 1000
  if (at >= end) return []
  const block = { id: random.uuid(), at, blocked: true }
  const back = chronological.find(event => event.at > at + 2_000)
  return back === undefined ? [block] : [block, { id: random.uuid(), at: back.at - 1000, blocked: false }]
}
