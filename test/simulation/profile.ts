import type { Random } from '../../src/analytics/demo/random.ts'

/** What a run plays, drawn from its seed. */
export interface RunProfile {
  intake: 'webhook' | 'polling'
  bots: number
  users: number
  messages: number
  /** Users write within so many milliseconds, and faults happen within them. */
  spanMs: number
  /** Probabilities of what a statement meets. */
  statements: { lost: number; unanswered: number; late: number; refused: number }
  disk: { fails: number }
  telegram: { unanswered: number }
  faults: FaultKind[]
  /** PostgreSQL fails on the facts of this user, while it takes those of all others, until the others are settled. */
  poisonedUser: number | null
  /** Share of facts that PostgreSQL can never store. */
  unstorable: number
  streamMs: number
}

export type FaultKind =
  | 'kill'
  | 'stop'
  | 'stall'
  | 'power'
  | 'database down'
  | 'database hangs'
  | 'database cut off from a bot'
  | 'disk full'

const faultKinds: readonly [FaultKind, ...FaultKind[]] = [
  'kill',
  'stop',
  'stall',
  'power',
  'database down',
  'database hangs',
  'database cut off from a bot',
  'disk full',
]

export function drawProfile(random: Random): RunProfile {
  const intake = random.chance(0.75) ? 'webhook' : 'polling'
  const sometimes = (probability: number, rate: number) => (random.chance(probability) ? random.next() * rate : 0)
  const users = random.int(1, 4)
  return {
    intake,
    bots: intake === 'polling' ? 1 : random.int(1, 3),
    users,
    messages: random.int(3, 14),
    spanMs: random.int(2_000, 20_000),
    statements: {
      lost: sometimes(0.3, 0.05),
      unanswered: sometimes(0.3, 0.1),
      late: sometimes(0.3, 0.05),
      refused: sometimes(0.3, 0.15),
    },
    disk: { fails: sometimes(0.15, 0.1) },
    telegram: { unanswered: sometimes(0.3, 0.2) },
    faults: Array.from({ length: random.int(0, 4) }, () => random.pick(faultKinds)),
    poisonedUser: random.chance(0.15) ? random.int(1, users) : null,
    unstorable: sometimes(0.1, 0.2),
    streamMs: random.pick([200, 1_000, 6_000]),
  }
}
