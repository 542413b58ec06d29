import type { Db } from '../db/db.ts'
import type { RedisScripts } from '../process/redis-scripts.ts'
import { sleep } from '../process/sleep.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import { type CartJournal, createCartJournal } from './cart-journal.ts'
import { createEventStore } from './event-store.ts'
import { createEventMaintenance } from './maintenance.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { replayFacts } from './replay.ts'
import { createSharedCartJournal } from './shared-cart-journal.ts'
import { createSpool } from './spool.ts'
import type { StoredEvent } from './stored-event.ts'

export interface EventsDeps {
  db: Db
  settings: {
    dataDir: string
    timeZone: string
    allowance: { cartLimit: number; surveyBonus: number; referralBonus: number }
  }
  /** Keyed hash of a user id, hex: what stays of an erased user. */
  idHash: (userId: number) => string
  /** Called with every event once it is committed. */
  onStored: (event: StoredEvent) => void
  /** Through which processes share what PostgreSQL does not have yet; undefined without Redis. */
  redis: RedisScripts | undefined
  log: Log
  register: MetricRegistry
  now: () => Date
  teardown: Teardown
  /** Rejects as soon as the process is asked to stop. */
  unlessStopped: <T>(step: Promise<T>) => Promise<T>
}

export interface Events {
  recorder: Recorder
  carts: CartJournal
  /** How many facts wait on disk, for the readiness check; undefined when none does. */
  problem(): string | undefined
  waiting: WaitingFacts
}

/** Facts that are not in PostgreSQL: for the operator. */
export interface WaitingFacts {
  /** Accepted, on disk or in memory. */
  count(): number
  /** When the oldest on disk happened; null when none is there. */
  oldestAt(): Date | null
  /** Those that will not be tried again without `npm run replay`, files without a readable fact counted as one. */
  quarantined(): Promise<number>
}

/** How long a start waits for the backlog of an earlier process. */
const backlogMs = 30_000

/** Opens the writing side of the business events. Rejects when PostgreSQL or the disk refuses. */
export async function openEvents(deps: EventsDeps): Promise<Events> {
  const { db, settings, idHash, onStored, redis, log, register, now, teardown, unlessStopped } = deps
  const { dataDir, timeZone, allowance } = settings
  const store = createEventStore({ db, settings: { timeZone, ...allowance }, idHash })
  const maintenance = createEventMaintenance({ store, log, now, sleep })
  teardown.add(() => maintenance.stop())
  await unlessStopped(maintenance.start())
  const spool = createSpool(dataDir)
  const recorder = createRecorder({ store, spool, log, register, sleep, onStored })
  teardown.add(() => recorder.stop())
  // what an earlier process answered while PostgreSQL was down must be known before Telegram delivers it again
  const deadline = new AbortController()
  await unlessStopped(Promise.race([recorder.start(), sleep(backlogMs, deadline.signal)]))
  deadline.abort()
  const carts = createCartJournal(dataDir, now)
  teardown.add(() => carts.close())
  return {
    recorder,
    carts: redis === undefined ? carts : createSharedCartJournal(carts, redis),
    problem: () => (spool.size() > 0 ? `${spool.size()} facts wait on disk` : undefined),
    waiting: {
      count: recorder.waiting,
      oldestAt: spool.oldestAt,
      quarantined: async () => {
        const { remaining, unreadable } = await replayFacts({ dataDir, store: null, erasedAt: async () => null })
        return [...remaining.values()].reduce((sum, n) => sum + n, unreadable.length)
      },
    },
  }
}
