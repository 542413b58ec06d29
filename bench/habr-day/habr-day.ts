import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startFakeLoki } from '../../src/telemetry/testing/fake-loki.ts'
import { startBalancer } from '../../test/support/balancer.ts'
import { seeded } from '../../test/support/seeded.ts'
import { openChat } from './chat.ts'
import { findDifferences, type NumberRow, readNumbers } from './compare-numbers.ts'
import { type Outage, startFleet } from './fleet.ts'
import { type ChatVerdict, judgeChats } from './judge-chats.ts'
import { type DatabaseVerdict, judgeDatabase } from './judge-database.ts'
import { watchProcessors } from './load-of-machine.ts'
import { type Meters, startMeteredFakes } from './metered-fakes.ts'
import { transcript } from './transcript.ts'
import { liveThrough } from './user-script.ts'

export interface HabrDayOptions {
  users: number
  /** In which they arrive. */
  minutes: number
  form: 'webhook' | 'polling'
  /** Of them one is killed and one restarted. */
  bots: number
  /** Concurrent requests that GigaChat takes. */
  streams: number
  /** How long each takes. */
  streamSeconds: number
  /** The shop's pace, calls a second. */
  shopPerSecond: number
  /** The longest pause of a user between two messages. */
  thinkSeconds: number
  /** After the last arrival: what has no answer then is lost. */
  graceMinutes: number
  seed: number
}

/** Where it runs. */
export interface HabrDaySetting {
  /** The compiled modules of the bot and of its commands. */
  programs: { bot: string; cli: string }
  databaseUrl: string
  /** Null: without one, as for a single bot. */
  redisUrl: string | null
  /** An empty folder for the files of the bots. */
  folder: string
  note: (text: string) => void
}

export interface HabrDay {
  options: HabrDayOptions
  chats: ChatVerdict
  database: DatabaseVerdict
  meters: Meters
  /** Times a bot lost Redis, and went on with streams and a pace of its own. */
  aloneTimes: number
  /** Calls a minute that the shop's pace allows. */
  shopAllowed: number
  numbers: NumberRow[]
  /** Where numbers differ that must not; empty when all agree. */
  differences: string[]
  outages: readonly Outage[]
  /** Users who still waited for something when the day was over. */
  unfinished: number[]
  /** The chat of a user, for a failure's report. */
  transcript: (userId: number) => string[]
  costRub: number
  /** Share of the machine's processors that was busy. */
  processors: number
  seconds: number
}

const env = 'test'
const firstUser = 1_000
/** Calls that the shop's pace lets through together after a pause, in seconds of it. */
const shopBurstSeconds = 4
const secret = 'a-secret-of-the-habr-day'
/** Longer nothing arrives of what a killed process left: then numbers are compared as they stand. */
const settleMs = 30_000

/** Plays the day of the article against real bots, PostgreSQL and Redis, and judges what the users saw. */
export async function playHabrDay(options: HabrDayOptions, setting: HabrDaySetting): Promise<HabrDay> {
  const { note, folder, programs, databaseUrl, redisUrl } = setting
  const ends: (() => unknown)[] = []
  try {
    const fakes = await startMeteredFakes({ streams: options.streams, streamMs: options.streamSeconds * 1000 })
    ends.push(fakes.close)
    const loki = await startFakeLoki()
    ends.push(loki.kill)
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 })
    pool.on('error', () => undefined) // the statement in flight fails, which is where it is seen
    ends.push(() => pool.end())
    let urls: () => string[] = () => []
    const balancer = await startBalancer(() => urls())
    ends.push(balancer.close)
    const fleet = await startFleet({
      main: programs.bot,
      folder,
      bots: options.bots,
      settings: {
        ...fakes.settings,
        NODE_ENV: env,
        DATABASE_URL: databaseUrl,
        LOKI_URL: loki.url,
        MCP_REQUESTS_PER_SECOND: String(options.shopPerSecond),
        GIGACHAT_CONCURRENCY: String(options.streams),
        LLM_BUDGET_RUB: '10000000',
        MESSAGES_TOGETHER_MS: '2000',
        ...(redisUrl === null ? {} : { REDIS_URL: redisUrl }),
        ...(options.form === 'webhook' ? { WEBHOOK_URL: balancer.url, WEBHOOK_SECRET: secret } : {}),
      },
    })
    ends.push(fleet.stop)
    urls = fleet.urls

    const startedAt = performance.now()
    const processors = watchProcessors()
    const random = seeded(options.seed)
    const over = new AbortController()
    setMaxListeners(0, over.signal) // one a user
    const pause = (ms: number) => sleep(ms, undefined, { signal: over.signal }).catch(() => undefined)
    const arriveMs = options.minutes * 60_000
    const unfinished = new Set<number>()
    const chats = Array.from({ length: options.users }, (_, i) => openChat(fakes.telegram, firstUser + i, over.signal))
    const lives = chats.map(async (chat, i) => {
      unfinished.add(chat.userId)
      const own = seeded(options.seed * 100_003 + i)
      await pause((arriveMs * (i + random())) / options.users)
      await liveThrough(chat, { random: own, pause, thinkMs: options.thinkSeconds * 1000 })
      if (!over.signal.aborted) unfinished.delete(chat.userId)
    })
    const faults = breakInTheMiddle({ arriveMs, pause, note, ...fleet, bots: options.bots })
    const deadline = setTimeout(() => over.abort(), arriveMs + options.graceMinutes * 60_000)
    const progress = setInterval(() => {
      const { model, shop } = fakes.meters()
      note(
        `${Math.round((performance.now() - startedAt) / 1000)} s: ${options.users - unfinished.size} of ${options.users} users are done, ` +
          `${model.answers} answers of the model, ${model.refused} refused, ${shop.calls} calls of the shop`,
      )
    }, 15_000)
    try {
      await Promise.all([...lives, faults])
    } finally {
      clearTimeout(deadline)
      clearInterval(progress)
      over.abort()
    }
    const busy = processors()
    const seconds = (performance.now() - startedAt) / 1000

    const verdict = judgeChats(chats, fleet.outages)
    const { numbers, differences } = await settled(() =>
      readNumbers({
        ...{ pool, cli: programs.cli, databaseUrl, folder, telegram: fakes.telegram, loki, env },
        counters: fleet.counters,
        driver: new Map([
          ['event bot_start', verdict.starts],
          ['event session_start', verdict.shoppers],
          ['event cart_created', verdict.carts],
          ['cart links, of corrections too', verdict.carts],
          ['messages', verdict.countable],
          ['model calls', fakes.meters().model.answers],
          ['billable tokens', fakes.meters().model.tokens],
        ]),
      }),
    )
    return {
      options,
      chats: verdict,
      database: await judgeDatabase(pool, chats),
      meters: fakes.meters(),
      aloneTimes: (await loki.lines(env)).filter(({ line }) => line.includes('"upstream":"redis"')).length,
      shopAllowed: options.shopPerSecond * (60 + shopBurstSeconds),
      numbers,
      differences,
      outages: fleet.outages,
      unfinished: [...unfinished],
      transcript: userId => chats.flatMap(chat => (chat.userId === userId ? transcript(chat, startedAt) : [])),
      costRub: numbers.find(({ name }) => name === 'roubles of the model')?.postgres ?? 0,
      processors: busy,
      seconds,
    }
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

interface Faults {
  arriveMs: number
  bots: number
  pause: (ms: number) => Promise<unknown>
  note: (text: string) => void
  kill: (index: number) => Promise<void>
  replace: (index: number) => Promise<void>
}

/** A third into the arrivals one bot is killed, after two thirds another (the same, when it is the only one) gets SIGTERM. */
async function breakInTheMiddle({ arriveMs, bots, pause, note, kill, replace }: Faults): Promise<void> {
  await pause(arriveMs / 3)
  note('kill -9 of a bot')
  await kill(0)
  await pause(arriveMs / 3)
  note('SIGTERM to a bot')
  await replace(1 % bots)
}

/** Reads again until nothing differs and no process has anything left to deliver. */
async function settled(read: () => Promise<NumberRow[]>): Promise<{ numbers: NumberRow[]; differences: string[] }> {
  const until = performance.now() + settleMs
  let before = ''
  for (;;) {
    const numbers = await read()
    const differences = findDifferences(numbers)
    const now = JSON.stringify(numbers)
    if ((differences.length === 0 && now === before) || performance.now() > until) return { numbers, differences }
    before = now
    await sleep(1_000)
  }
}
