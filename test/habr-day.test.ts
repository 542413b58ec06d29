import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { playHabrDay } from '../bench/habr-day/habr-day.ts'
import { breaches } from '../bench/habr-day/table.ts'
import { createTestDatabase } from './support/database.ts'
import { redisNote, redisWanted, startRedisServer } from './support/redis-server.ts'

const compiled = (path: string) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url))

// `npm run habr-day` plays it with a thousand users; what took how long is not judged here
test.runIf(redisWanted)(
  `the day of the article: of three bots one is killed and one restarted, nothing is lost, doubled, out of order or counted twice${redisNote}`,
  async () => {
    const database = await createTestDatabase()
    const redis = await startRedisServer()
    onTestFinished(redis.dispose)
    const folder = await mkdtemp(join(tmpdir(), 'habr-day-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))

    const day = await playHabrDay(
      {
        ...{ form: 'webhook', bots: 3, users: 10, minutes: 0.08, thinkSeconds: 1, graceMinutes: 2, seed: 3 },
        ...{ streams: 3, streamSeconds: 0.5, shopPerSecond: 20 },
      },
      {
        programs: { bot: compiled('main.js'), cli: compiled('cli/main.js') },
        databaseUrl: database.url,
        redisUrl: redis.url,
        folder,
        note: () => undefined,
      },
    )

    expect(breaches(day)).toEqual([])
    expect(day.chats.starts).toBe(10)
    expect(day.chats.carts).toBeGreaterThan(0)
    expect(day.outages.map(({ what }) => what)).toEqual(['kill -9', 'SIGTERM'])
  },
)
