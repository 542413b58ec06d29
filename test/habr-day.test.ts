import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import type { PlayedChat, UserAction } from '../bench/habr-day/chat.ts'
import { playHabrDay } from '../bench/habr-day/habr-day.ts'
import { judgeChats } from '../bench/habr-day/judge-chats.ts'
import { breaches } from '../bench/habr-day/table.ts'
import { createTestDatabase } from './support/database.ts'
import { redisNote, redisWanted, startRedisServer } from './support/redis-server.ts'

const compiled = (path: string) => fileURLToPath(new URL(`../dist/${path}`, import.meta.url))

/** A user's chat: what they sent and pressed, and the bot's messages, a second apart in the order given. */
function chatOf(...happened: (Pick<UserAction, 'kind' | 'text'> | string)[]): PlayedChat {
  const sent: UserAction[] = []
  const shown: ReturnType<PlayedChat['shown']> = []
  for (const [i, what] of happened.entries()) {
    const [id, at] = [i + 1, (i + 1) * 1_000]
    if (typeof what === 'string') shown.push({ id, at, text: what, buttons: [] })
    else sent.push({ ...what, at, after: i, expects: null, seenAt: at })
  }
  return {
    userId: 7,
    sent,
    places: [],
    changes: [],
    placeRose: () => 0,
    shown: (after = 0) => shown.filter(({ id }) => id > after),
  }
}

const request = { kind: 'request', text: 'собери корзину: молоко' } as const
const ask = { kind: 'press', text: 'Напомнить, когда станет свободнее' } as const
const [refused, willRemind, reminder, cart] = [
  'Сейчас очень много желающих: ждать пришлось бы дольше обычного. Могу напомнить',
  'Сейчас очень много желающих. Напомню, как только очередь станет короче.',
  'Очередь стала короче. Напишите ещё раз, что собрать.',
  'молоко / Итого',
]

test.each([
  [
    'did not come',
    [request, refused, ask, willRemind],
    ['user 7: press «Напомнить, когда станет свободнее» has no reminder'],
  ],
  ['came', [request, refused, ask, willRemind, reminder, request, cart], []],
  [
    'came before it was asked for',
    [request, refused, reminder, ask, willRemind],
    [expect.stringContaining('no reminder')],
  ],
  ['was taken back by another message', [request, refused, ask, willRemind, request, cart], []],
  ['was not asked for', [request, refused], []],
])('of the day a reminder that %s', (_what, happened, lost) => {
  expect(judgeChats([chatOf(...happened)], []).lost).toEqual(lost)
})

// `npm run habr-day` plays it with a thousand users; what took how long is not judged here
test.runIf(redisWanted)(
  `the day of the article: of three bots one is killed and one restarted, nothing is lost, doubled, out of order or counted twice${redisNote}`,
  async () => {
    const database = await createTestDatabase()
    // so that the order does not depend on how fast this machine is
    await database.sql(
      `create or replace function inbox_longest_wait() returns interval language sql as $$ select interval '1 min' $$`,
    )
    const redis = await startRedisServer()
    onTestFinished(redis.dispose)
    const folder = await mkdtemp(join(tmpdir(), 'habr-day-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))

    const day = await playHabrDay(
      {
        ...{ form: 'webhook', bots: 3, users: 10, minutes: 0.08, thinkSeconds: 1, graceMinutes: 10, seed: 3 },
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
  900_000,
)
