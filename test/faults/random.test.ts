import { expect, test } from 'vitest'
import { startFakeLoki } from '../../src/telemetry/testing/fake-loki.ts'
import { createTestDatabase } from '../support/database.ts'
import { freePort } from '../support/programs.ts'
import { redisWanted, startRedisServer } from '../support/redis-server.ts'
import { seeded } from '../support/seeded.ts'
import type { BotProcess } from '../support/spawn-bot.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { addressOf } from './database-server.ts'
import { pause, startFixture, until } from './fixture.ts'
import { apologiesOf, join, messagesOf, startLoad } from './load.ts'
import { isLong, report } from './results.ts'
import { judge } from './truth.ts'

const given = process.env.FAULTS_SEED
const seeds = given !== undefined ? [Number(given)] : Array.from({ length: isLong ? 30 : 2 }, (_, i) => i + 1)
const steps = Number(process.env.FAULTS_STEPS ?? (isLong ? 12 : 4))

/** What can be broken, each at most once at a time. */
type Target = 'bot' | 'postgres' | 'redis' | 'loki' | 'clock'
interface Fault {
  name: string
  target: Target
  begin(): Promise<void>
  end(): Promise<void>
}

const nothing = async () => undefined

/** The services of one run, and every way in which they break. */
async function setup(random: () => number) {
  const { url, sql } = await createTestDatabase()
  const proxy = await startTcpProxy(addressOf(url))
  const through = new URL(url)
  through.port = String(proxy.port)
  const redis = redisWanted ? await startRedisServer() : null
  // with Loki a thread writes the lines, and a kill may cost the last ones: then they cannot be counted
  const loki = random() < 0.4 ? await startFakeLoki() : null
  const stepMs = Math.round((random() - 0.5) * 1_200_000)
  const fixture = await startFixture({
    DATABASE_URL: through.href,
    NODE_OPTIONS: `--import ${new URL('./stepping-clock.mjs', import.meta.url).href}`,
    CLOCK_STEPS_MS: `${stepMs}`,
    METRICS_PORT: `${await freePort()}`,
    ...(redis && { REDIS_URL: redis.url }),
    ...(loki && { LOKI_URL: loki.url }),
  })
  let bot: BotProcess | undefined
  let kills = 0
  const start = async () => {
    bot = await fixture.bot()
    await bot.started()
  }
  const restart = async () => {
    kills += 1
    await bot?.kill()
    await start()
  }

  const faults: Fault[] = [
    { name: 'PostgreSQL refuses', target: 'postgres', begin: proxy.refuse, end: proxy.accept },
    { name: 'PostgreSQL hangs', target: 'postgres', begin: async () => proxy.freeze(), end: async () => proxy.thaw() },
    { name: 'connections to PostgreSQL cut', target: 'postgres', begin: async () => proxy.cutAll(), end: nothing },
    {
      name: `clock stepped by ${stepMs} ms`,
      target: 'clock',
      begin: async () => void bot?.child.kill('SIGUSR2'),
      end: nothing,
    },
  ]
  if (redis !== null)
    faults.push(
      { name: 'Redis killed', target: 'redis', begin: redis.kill, end: redis.start },
      { name: 'Redis hangs', target: 'redis', begin: async () => redis.freeze(), end: async () => redis.thaw() },
    )
  if (loki === null) faults.push({ name: 'bot killed', target: 'bot', begin: restart, end: nothing })
  else
    faults.push(
      { name: 'Loki down', target: 'loki', begin: loki.kill, end: loki.start },
      {
        ...{ name: 'Loki answers 503', target: 'loki' },
        begin: async () => {
          loki.failure = { status: 503 }
        },
        end: async () => {
          loki.failure = 'none'
        },
      },
    )
  return {
    ...{ fixture, sql, faults, start },
    bot: () => bot,
    kills: () => kills,
    close: async () => {
      await loki?.kill()
      await redis?.dispose()
    },
  }
}

test.each(seeds)(
  'a random combination of faults, FAULTS_SEED=%i: every message answered, every number right',
  async seed => {
    const random = seeded(seed)
    const { fixture, sql, faults, start, bot, kills, close } = await setup(random)
    await start()
    const users = [100, 101, 102, 103]
    await join(fixture, users)
    const load = await startLoad(fixture, { sql, users, random: seeded(seed + 1000), thinkMs: 400 })
    const busy = new Map<Target, Promise<void>>()
    const played: string[] = []

    try {
      for (let i = 0; i < steps; i++) {
        const fault = faults[Math.floor(random() * faults.length)]
        const [gapMs, lastsMs] = [random() * 800, 200 + random() * 2500]
        await pause(gapMs)
        // a bot that starts needs PostgreSQL: it is killed when that is there, or dies with it while starting
        const waitsFor: Target[] = fault?.target === 'bot' ? ['bot', 'postgres', 'redis'] : ['bot']
        for (const target of waitsFor) await busy.get(target)
        if (fault === undefined || busy.has(fault.target)) continue
        played.push(`${fault.name}, ${Math.round(lastsMs)} ms`)
        const lasting = fault
          .begin()
          .then(() => pause(lastsMs))
          .then(fault.end)
          .then(() => void (fault.target === 'clock' || busy.delete(fault.target)))
        busy.set(fault.target, lasting)
      }
      await Promise.all(busy.values())
      const tallies = await load.finish().catch(err => {
        throw new Error(`after ${played.join('; ')}`, { cause: err })
      })
      await until('everything is stored', async () => {
        const metrics = await bot()?.metrics()
        return metrics !== undefined && !/^bot_events_waiting\{[^}]*\} [1-9]/m.test(metrics)
      })

      const verdict = await judge({ fixture, sql, tallies, kills: kills() })
      report({
        area: 'Random',
        fault: `seed ${seed}: ${played.join('; ')}`,
        times: 1,
        saw: `${messagesOf(tallies)} messages, ${apologiesOf(tallies)} apologies, ${kills()} kills`,
        lost: verdict.lost.length,
        doubled: verdict.doubled.length,
        recoveryS: null,
        alert: null,
      })
      expect({ played, ...verdict }).toMatchObject({ lost: [], doubled: [], left: [] })
    } finally {
      await close()
    }
  },
  900_000,
)
