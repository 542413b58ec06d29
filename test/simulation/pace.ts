import { createSharedQueue, streamsScript } from '../../src/assistant/model/shared-queue.ts'
import { createStreams } from '../../src/assistant/model/streams.ts'
import type { RedisScripts } from '../../src/process/redis-scripts.ts'
import { createRateLimiter } from '../../src/shop/rate-limiter.ts'
import { createSharedPace } from '../../src/shop/shared-pace.ts'
import { createKernel, type Kernel } from './kernel.ts'
import { createMachine, type Fate, type SimulatedProcess } from './machine.ts'
import { connectRedis, createRedisModel } from './models/redis.ts'
import type { PlayedSeed, SimulationOptions } from './simulate.ts'
import { Violation } from './watch.ts'

/** What a run may replace, so that a fault of ours is planted. */
export interface PacePolicies {
  leaseMs: number
  redis(redis: Pick<RedisScripts, 'run' | 'isDown'>): Pick<RedisScripts, 'run' | 'isDown'>
}

const production: PacePolicies = { leaseMs: 10_000, redis: redis => redis }
const faultKinds = ['kill', 'stop', 'stall', 'redis down', 'redis emptied'] as const
type FaultKind = (typeof faultKinds)[number]

/** Streams of one that died are free after so long. */
const freeWithinMs = 15_000
/** After a time without Redis calls begin as if it were not there for so long. */
const settlingMs = 13_000
/** A process that stands still for so long may lose its lease: it renews it every two seconds. */
const longStallMs = 7_500
/** A call of the shop may come so much later than its turn. */
const lateMs = 1_000
const settleMs = 150_000
/** A burst, then the rate, until the window is full: with few calls and in seconds what the bot has in a minute. */
const paceLimits = { perSecond: 2, burst: 3, window: { calls: 20, ms: 11_000 } }

interface Call {
  bot: PaceBot
  /** Began while no process could know what the others have, or goes on with a lease that is over. */
  isExcused: boolean
}

interface PaceBot {
  machine: SimulatedProcess
  call(since: number): void
  /** Calls that wait for a stream. */
  waiting(): number
  /** Calls that are not over. */
  open(): number
  /** Until when it stands still, or has stood. */
  standsUntil(): number
  stall(ms: number): void
  stop(): Promise<void>
}

/**
 * Plays the streams of the model and the pace of the shop that several processes share through Redis. Never more streams in use than
 * there are, none free for long while a call waits, the shop not asked faster than its pace, every call has its turn.
 */
export async function simulatePace(
  seed: number,
  { policies = {}, onStep }: Pick<SimulationOptions, 'onStep'> & { policies?: Partial<PacePolicies> } = {},
): Promise<PlayedSeed> {
  const kernel = createKernel(seed, onStep ?? null)
  let broken: PlayedSeed['broken'] = null
  try {
    await play(kernel, { ...production, ...policies })
  } catch (err) {
    if (!(err instanceof Violation)) throw err
    broken = { rule: err.rule, message: err.message }
    kernel.trace(`broken: ${err.message}`)
  }
  return { seed, broken, hash: kernel.hash(), steps: kernel.steps(), virtualMs: kernel.now() }
}

async function play(kernel: Kernel, policies: PacePolicies): Promise<void> {
  const { random, after, trace } = kernel
  const streams = random.int(1, 3)
  const spanMs = random.int(5_000, 40_000)
  const streamMs = random.pick([300, 2_000, 6_000])
  const loss = random.chance(0.5) ? random.next() * 0.05 : 0
  const replicas = Array.from({ length: random.int(1, 3) }, (_, i) => `bot${i + 1}`)
  const startsAt = Date.parse('2026-03-10T09:00:00Z')
  const now = () => startsAt + kernel.now()
  const redis = createRedisModel(now)
  // it was in use before
  redis.run(streamsScript, ['before', '0', '0', '0'])
  const watch = createPaceWatch(kernel, streams, () => [...bots.values()])
  const bots = new Map<string, PaceBot>()
  let outages = 0
  let isCalm = false

  const fate = (): Fate => {
    if (outages > 0) return 'lost'
    if (isCalm || !random.chance(loss)) return 'served'
    return random.chance(0.5) ? 'lost' : 'unanswered'
  }
  const start = (replica: string, life: number) => {
    trace(`${replica}.${life} starts`)
    bots.set(replica, startBot(`${replica}.${life}`))
  }
  const startBot = (name: string): PaceBot => {
    const machine = createMachine(kernel, name)
    const { sleep } = machine
    const link = { latencyMs: () => random.next() * (random.chance(0.05) ? 200 : 3), fate }
    const connected = connectRedis(machine, link, redis, kernel.now)
    const shared = policies.redis({
      run: connected.run,
      isDown: () => {
        if (connected.isDown()) watch.losesRedis()
        return connected.isDown()
      },
    })
    const queue = createSharedQueue({
      ...{ redis: shared, size: streams, onChange: () => undefined, sleep, nowMs: kernel.now },
      ...{ leaseMs: policies.leaseMs, process: random.uuid().slice(-12) },
    })
    const calls = createStreams({ upstream: 'gigachat', size: streams, maxWaiting: 1_000, queue })
    const limits = { ...paceLimits, maxWaitMs: 60_000, sleep }
    const own = createRateLimiter({ ...limits, elapsedMs: kernel.now, knowsEarlier: true })
    const pace = createSharedPace({ redis: shared, own, ...limits })
    let open = 0
    let isStopping = false
    let standsUntil = Number.NEGATIVE_INFINITY
    const bot: PaceBot = {
      machine,
      waiting: () => calls.state().waiting,
      open: () => open,
      standsUntil: () => standsUntil,
      stall: ms => {
        machine.stall(ms)
        standsUntil = Math.max(standsUntil, kernel.now() + ms)
        if (ms > longStallMs) watch.losesLease(bot, ms)
      },
      call: since => {
        if (isStopping) return
        open += 1
        const work = async () => {
          const call = watch.begins(bot)
          await sleep((0.2 + random.next()) * streamMs)
          watch.ends(call)
        }
        const askShop = async () => {
          const from = kernel.now()
          await pace.takeTurn()
          watch.asksShop(bot, from)
          open -= 1
        }
        void calls.run(work, { since }).then(askShop).catch(kernel.fail)
      },
      stop: async () => {
        isStopping = true
        while (open > 0) await sleep(200)
        await queue.close()
        machine.kill()
      },
    }
    return bot
  }
  const cause = (fault: FaultKind) => {
    const alive = [...bots].filter(([, { machine }]) => machine.isAlive())
    const [replica, bot] = alive[random.int(0, Math.max(0, alive.length - 1))] ?? []
    trace(`fault: ${fault} ${replica ?? ''}`)
    if (fault === 'redis down') {
      outages += 1
      after(500 + random.next() * 12_000, () => {
        outages -= 1
        watch.losesRedis()
      })
    }
    if (fault === 'redis emptied') {
      redis.empty()
      watch.losesData()
    }
    watch.disturbed()
    if (replica === undefined || bot === undefined) return
    const again = () => after(200 + random.next() * 9_000, () => start(replica, Math.floor(kernel.now())))
    if (fault === 'stall') bot.stall(random.next() * 15_000)
    if (fault === 'stop') void bot.stop().then(again)
    if (fault !== 'kill') return
    bot.machine.kill()
    again()
  }

  for (const replica of replicas) start(replica, 1)
  for (let i = random.int(5, 30); i > 0; i--) {
    const at = random.next() * spanMs
    // the first call of a message, or a later one of a message that came long before
    const since = Math.floor(startsAt + at - (random.chance(0.3) ? random.next() * 20_000 : 0))
    after(at, () => {
      const bot = bots.get(random.pick(['bot1', ...replicas]))
      if (bot?.machine.isAlive()) bot.machine.enter(() => bot.call(since))
    })
  }
  for (let i = random.int(0, 4); i > 0; i--) after(random.next() * spanMs, () => cause(random.pick(faultKinds)))
  await kernel.run(() => kernel.now() > spanMs && outages === 0, spanMs + 15_000)
  isCalm = true
  const isOver = () => [...bots.values()].every(({ machine, open }) => machine.isAlive() && open() === 0)
  await kernel.run(isOver, kernel.now() + settleMs)
  if (!isOver()) throw new Violation('what waits is dealt with', [...bots.values()].map(({ open }) => open()).join())
}

/** Sees which calls are made, and fails the run when there are too many, or too few. */
function createPaceWatch(kernel: Kernel, streams: number, bots: () => readonly PaceBot[]) {
  const calls = new Set<Call>()
  const shopCalls: number[] = []
  const stoodUntil = new Map<PaceBot, number>()
  let lenientUntil = 0
  let idleSince = 0
  let settlesUntil = 0
  let lostDataAt = Number.NEGATIVE_INFINITY
  const fail = (rule: Violation['rule'], detail: string) => kernel.fail(new Violation(rule, detail))
  const living = () => [...calls].filter(({ bot }) => bot.machine.isAlive())
  const isLenient = (bot: PaceBot) =>
    kernel.now() < lenientUntil || kernel.now() < (stoodUntil.get(bot) ?? Number.NEGATIVE_INFINITY)

  const look = () => {
    const waiting = bots().some(bot => bot.machine.isAlive() && bot.standsUntil() <= kernel.now() && bot.waiting() > 0)
    if (!waiting || living().length >= streams) idleSince = kernel.now()
    const idleMs = kernel.now() - Math.max(idleSince, lenientUntil, settlesUntil)
    if (idleMs > freeWithinMs) fail('what waits is dealt with', `a stream is free for ${Math.round(idleMs)} ms`)
    kernel.after(500, look)
  }
  kernel.after(0, look)

  return {
    /** Redis is not there: until the processes have reported what they have, they may give out more. */
    losesRedis: () => {
      lenientUntil = kernel.now() + settlingMs
    },
    /** Redis is without its data: it gives out nothing, until the processes have reported what they have. */
    losesData: () => {
      settlesUntil = kernel.now() + settlingMs
      lostDataAt = kernel.now()
    },
    /** A fault: what was free before says nothing. */
    disturbed: () => {
      idleSince = kernel.now()
    },
    losesLease: (bot: PaceBot, ms: number) => {
      for (const call of calls) if (call.bot === bot) call.isExcused = true
      stoodUntil.set(bot, kernel.now() + ms + 1_000)
    },
    begins: (bot: PaceBot): Call => {
      const call = { bot, isExcused: isLenient(bot) }
      calls.add(call)
      const counted = living().filter(({ isExcused }) => !isExcused)
      kernel.trace(`${bot.machine.name} begins a call, ${counted.length} of ${streams}`)
      if (counted.length > streams) fail('no more streams than there are', `${counted.length} of ${streams}`)
      return call
    },
    ends: (call: Call) => {
      calls.delete(call)
    },
    /** `from` is when it asked for its turn: one that Redis does not know any more, or that passed while the process stood still, comes on top. */
    asksShop: (bot: PaceBot, from: number) => {
      kernel.trace(`${bot.machine.name} asks the shop`)
      if (isLenient(bot) || bot.standsUntil() >= from || lostDataAt >= from) return
      shopCalls.push(kernel.now())
      const { perSecond, burst, window } = paceLimits
      shopCalls.forEach((at, i) => {
        const count = shopCalls.length - i
        const spanMs = kernel.now() - at
        const most = burst + ((spanMs + lateMs) / 1000) * perSecond
        const isFull = count > window.calls && spanMs < window.ms - lateMs
        if (count > most || isFull) fail('the shop is not asked faster than its pace', `${count} in ${spanMs} ms`)
      })
    },
  }
}
