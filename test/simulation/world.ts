import { databaseError } from '../../src/db/database-error.ts'
import { type Bot, type Policies, startBot } from './bot.ts'
import type { Kernel } from './kernel.ts'
import type { Fate, Link, SimulatedProcess } from './machine.ts'
import type { Tables } from './models/database.ts'
import { createDisk, type Disk } from './models/disk.ts'
import { createFactTables, databaseFailure } from './models/fact-tables.ts'
import { createInboxTables } from './models/inbox-tables.ts'
import { createModelService, type ModelService } from './models/model-service.ts'
import { createTelegramServer, type TelegramServer } from './models/telegram.ts'
import type { FaultKind, RunProfile } from './profile.ts'
import { createWatch, type Watch } from './watch.ts'

export interface World {
  kernel: Kernel
  profile: RunProfile
  policies: Policies
  watch: Watch
  tables: Tables
  telegram: TelegramServer
  model: ModelService
  /** What the virtual time begins at, epoch ms. */
  startsAt: number
  /** The ids under which the processes take updates. */
  workers: Map<SimulatedProcess, string>
  /** Updates that were dealt with while PostgreSQL did not take them. */
  withoutInbox: Set<number>
  diskOf(replica: string): Disk
  databaseLink(replica: string): Omit<Link, 'timeoutMs' | 'timedOut'>
  isUnstorable(factId: string): boolean
  bots(): readonly Bot[]
  /** Causes a fault; it ends again without help, at the latest when `heal` is called. */
  cause(fault: FaultKind): void
  /** No fault goes on. */
  isQuiet(): boolean
  /** Ends all faults but the poison. */
  heal(): void
  /** PostgreSQL takes the facts of everyone. */
  cure(): void
}

const startsAt = Date.parse('2026-03-10T09:00:00Z')
/** Codes of failures that pass: of one statement, and of the whole server. */
const passingCodes = ['XX000', '40P01', '40001', '53300', '57P01', '42P01', '57014', '25006', '55P03'] as const

export function createWorld(kernel: Kernel, profile: RunProfile, policies: Policies): World {
  const { random, after, trace } = kernel
  const replicas = Array.from({ length: profile.bots }, (_, i) => `bot${i + 1}`)
  const bots = new Map<string, Bot>()
  const lives = new Map<string, number>()
  const workers = new Map<SimulatedProcess, string>()
  const fullDisks = new Set<string>()
  const cutOff = new Set<string>()
  let database: 'up' | 'down' | 'hanging' = 'up'
  const setDatabase = (state: typeof database) => {
    database = state
  }
  let isCalm = false
  /** Faults that go on. */
  let running = 0
  let isPoisoned = profile.poisonedUser !== null
  const isUnstorable = (factId: string) => Number.parseInt(factId.slice(0, 6), 16) / 2 ** 24 < profile.unstorable

  const inbox = createInboxTables(() => startsAt + kernel.now())
  const watch = createWatch({
    kernel,
    isOf: (machine, userId, updateId) => {
      const worker = inbox.workerOf(userId, updateId)
      return worker !== undefined && worker === workers.get(machine)
    },
  })
  const facts = createFactTables({
    failureOf: (id, userId) => {
      if (isUnstorable(id)) return '22P02'
      return isPoisoned && userId === profile.poisonedUser ? 'XX000' : null
    },
    onBatch: watch.applies,
  })
  const disks = new Map(replicas.map(replica => [replica, createDisk(kernel, () => diskFate(replica))]))
  const diskOf = (replica: string): Disk => {
    const disk = disks.get(replica)
    if (disk === undefined) throw new Error(`no disk of ${replica}`)
    return disk
  }
  function diskFate(replica: string): Fate {
    const isRefused = fullDisks.has(replica) || (!isCalm && random.chance(profile.disk.fails))
    return isRefused ? Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }) : 'served'
  }
  const databaseFate = (replica: string): Fate => {
    if (database === 'down') return databaseError(new Error('ECONNREFUSED'), 5_000)
    if (database === 'hanging' || cutOff.has(replica)) return random.chance(0.2) ? 'late' : 'lost'
    if (isCalm) return 'served'
    const { lost, unanswered, late, refused } = profile.statements
    const drawn = random.next()
    if (drawn < lost) return 'lost'
    if (drawn < lost + unanswered) return 'unanswered'
    if (drawn < lost + unanswered + late) return 'late'
    if (drawn < lost + unanswered + late + refused) {
      return databaseError(databaseFailure(random.pick(passingCodes)), 5_000)
    }
    return 'served'
  }

  const telegramFate = (): Fate => (!isCalm && random.chance(profile.telegram.unanswered) ? 'unanswered' : 'served')
  const living = () => [...bots.values()].filter(({ machine }) => machine.isAlive())
  const telegram = createTelegramServer(kernel, profile.intake === 'webhook' ? living : null, telegramFate)
  const model = createModelService(
    kernel,
    () => (0.2 + random.next()) * profile.streamMs,
    () => undefined,
  )

  const start = (replica: string) => {
    const life = (lives.get(replica) ?? 0) + 1
    lives.set(replica, life)
    trace(`${replica}.${life} starts`)
    bots.set(replica, startBot(world, replica, life))
  }
  const startAgain = (replica: string) => after(200 + random.next() * 9_000, () => start(replica))
  const anyBot = (): [string, Bot] | undefined => {
    const alive = [...bots].filter(([, { machine, isOpen }]) => machine.isAlive() && isOpen())
    return alive[random.int(0, Math.max(0, alive.length - 1))]
  }
  /** For a while of chance. */
  const forAWhile = (begin: () => void, end: () => void) => {
    begin()
    running += 1
    after(500 + random.next() * 14_000, () => {
      running -= 1
      end()
    })
  }
  const cause = (fault: FaultKind) => {
    const [replica, bot] = anyBot() ?? []
    trace(`fault: ${fault} ${replica ?? ''}`)
    if (fault === 'database down' || fault === 'database hangs') {
      forAWhile(
        () => setDatabase(fault === 'database down' ? 'down' : 'hanging'),
        () => setDatabase('up'),
      )
    }
    if (replica === undefined || bot === undefined) return
    switch (fault) {
      case 'kill':
      case 'power':
        bot.machine.kill()
        if (fault === 'power') diskOf(replica).losePower()
        return startAgain(replica)
      case 'stop':
        void bot.stop().then(() => {
          trace(`${bot.machine.name} ended in order`)
          startAgain(replica)
        })
        return
      case 'stall':
        return bot.machine.stall(random.next() * 15_000)
      case 'disk full':
        return forAWhile(
          () => fullDisks.add(replica),
          () => fullDisks.delete(replica),
        )
      case 'database cut off from a bot':
        return forAWhile(
          () => cutOff.add(replica),
          () => cutOff.delete(replica),
        )
    }
  }

  const world: World = {
    kernel,
    profile,
    policies,
    watch,
    tables: { facts, inbox },
    telegram,
    model,
    startsAt,
    workers,
    withoutInbox: new Set(),
    diskOf,
    databaseLink: replica => ({
      name: 'postgres',
      latencyMs: () => 0.2 + random.next() * (random.chance(0.05) ? 400 : 5),
      fate: () => databaseFate(replica),
    }),
    isUnstorable,
    bots: () => [...bots.values()],
    cause,
    isQuiet: () => running === 0,
    heal: () => {
      isCalm = true
      database = 'up'
      fullDisks.clear()
      cutOff.clear()
    },
    cure: () => {
      isPoisoned = false
    },
  }
  for (const replica of replicas) start(replica)
  return world
}
