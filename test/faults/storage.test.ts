import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { createTestDatabase } from '../support/database.ts'
import { redisNote, redisWanted, startRedisServer } from '../support/redis-server.ts'
import { type Cut, startTcpProxy } from '../support/tcp-proxy.ts'
import { addressOf, type DatabaseServer, smallDisk, startDatabaseServer } from './database-server.ts'
import { pause, startFixture, until } from './fixture.ts'
import { isLong } from './results.ts'
import { play } from './scenario.ts'

const timeout = 900_000

async function proxied() {
  const { url, sql } = await createTestDatabase()
  const proxy = await startTcpProxy(addressOf(url))
  const through = new URL(url)
  through.port = String(proxy.port)
  return { url: through.href, sql, proxy }
}

describe('PostgreSQL', () => {
  test.runIf(isLong)(
    'refuses connections',
    async () => {
      const { url, sql, proxy } = await proxied()
      const fixture = await startFixture({ DATABASE_URL: url })

      await play({
        ...{ area: 'PostgreSQL', fault: 'connections refused', fixture, sql, alert: 'PostgresDown' },
        lastsMs: [2_000, 60_000],
        begin: async () => {
          await proxy.refuse()
          return () => proxy.accept()
        },
      })
    },
    timeout,
  )

  test(
    'connections cut in the middle of commits, before and after PostgreSQL has them',
    async () => {
      const { url, sql, proxy } = await proxied()
      const fixture = await startFixture({ DATABASE_URL: url })
      const cuts = { before: 0, after: 0 }
      let isOver = false

      await play({
        ...{ area: 'PostgreSQL', fault: 'connection cut in the middle of a commit', fixture, sql },
        lastsMs: [3_000, 30_000],
        begin: async () => {
          const cutting = (async () => {
            for (let when: Cut['when'] = 'after'; !isOver; when = when === 'after' ? 'before' : 'after') {
              // what model calls cost is the one thing that a second application would count twice
              const needle = when === 'after' ? '"k":"usage"' : 'record_facts'
              const happened = proxy.cutNext({ needle, when }).then(() => {
                cuts[when] += 1
              })
              await Promise.race([happened, pause(1500)])
            }
          })()
          return async () => {
            await until('a cut before and one after', async () => cuts.before > 0 && cuts.after > 0)
            isOver = true
            await cutting
          }
        },
      })
    },
    timeout,
  )

  const lasting: [string, (server: DatabaseServer) => Promise<() => Promise<void>>, string | null][] = [
    [
      'stopped and started',
      async server => {
        await server.stop()
        return server.start
      },
      'PostgresDown',
    ],
    [
      'kill -9',
      async server => {
        await server.kill()
        return server.start
      },
      'PostgresDown',
    ],
    [
      'hangs with its connections open',
      async server => {
        server.freeze()
        return async () => server.thaw()
      },
      'PostgresDown',
    ],
    [
      'commits take longer than we wait',
      async server => {
        await server.sql(`create function drag() returns trigger language plpgsql as $$
          begin perform pg_sleep(6); return null; end $$`)
        await server.sql(`create constraint trigger drag after insert on applied_batches
          deferrable initially deferred for each row execute function drag()`)
        return async () => void (await server.sql('drop function drag cascade'))
      },
      'EventsWaiting',
    ],
  ]
  for (const [fault, begin, alert] of lasting) {
    test.runIf(isLong)(
      fault,
      async () => {
        const server = await startDatabaseServer()
        const fixture = await startFixture({ DATABASE_URL: server.url })

        await play({
          ...{ area: 'PostgreSQL', fault, fixture, sql: server.sql, alert },
          lastsMs: [8_000, 60_000],
          begin: () => begin(server),
        })
      },
      timeout,
    )
  }

  test.runIf(isLong)(
    'its disk is full',
    async ({ skip }) => {
      const disk = smallDisk(160)
      if (disk === null) return skip('a small file system cannot be mounted here: this needs root')
      const server = await startDatabaseServer(disk.folder)
      const fixture = await startFixture({ DATABASE_URL: server.url })

      await play({
        ...{ area: 'PostgreSQL', fault: 'its disk is full', fixture, sql: server.sql, alert: 'EventsWaiting' },
        lastsMs: [8_000, 60_000],
        begin: async () => {
          disk.fill()
          return async () => {
            disk.free()
            await server.start() // it may have given up; it is used as it is when it has not
          }
        },
      })
    },
    timeout,
  )
})

describe(`Redis${redisNote}`, () => {
  for (const [fault, both, freezes] of [
    ['down', false, false],
    ['hangs with its connections open', false, true],
    ['down together with PostgreSQL', true, false],
  ] as const) {
    test.runIf(redisWanted && (isLong || both))(
      fault,
      async () => {
        const { url, sql, proxy } = await proxied()
        const redis = await startRedisServer()
        const fixture = await startFixture({ DATABASE_URL: url, REDIS_URL: redis.url })
        try {
          await play({
            ...{ area: 'Redis', fault, fixture, sql, alert: both ? 'PostgresDown' : 'DialoguesDegraded' },
            lastsMs: [2_000, 60_000],
            begin: async () => {
              if (freezes) redis.freeze()
              else await redis.kill()
              if (both) await proxy.refuse()
              return async () => {
                if (freezes) redis.thaw()
                else await redis.start()
                if (both) await proxy.accept()
              }
            },
          })
        } finally {
          await redis.dispose()
        }
      },
      timeout,
    )
  }
})

describe('the disk of the spool, while PostgreSQL is down', () => {
  const kinds: { kind: string; prepare: () => Promise<BrokenDisk | null> }[] = [
    { kind: 'full', prepare: async () => withDisk(disk => ({ breaks: disk.fill, mends: disk.free })) },
    {
      kind: 'read-only',
      prepare: async () => withDisk(disk => ({ breaks: () => disk.readOnly(true), mends: () => disk.readOnly(false) })),
    },
    { kind: 'removed', prepare: async () => vanishingFolder() },
  ]
  for (const { kind, prepare } of kinds) {
    test.runIf(isLong)(
      `is ${kind}`,
      async ({ skip }) => {
        const disk = await prepare()
        if (disk === null) return skip('a small file system cannot be mounted here: this needs root')
        const { url, sql, proxy } = await proxied()
        const fixture = await startFixture({ DATABASE_URL: url, DATA_DIR: disk.folder })

        await play({
          ...{ area: 'Spool', fault: `disk ${kind}, PostgreSQL down`, fixture, sql, alert: 'PostgresDown' },
          note: 'facts wait in memory: kill -9 during this would lose them',
          lastsMs: [3_000, 40_000],
          begin: async () => {
            disk.breaks()
            await proxy.refuse()
            return async () => {
              await proxy.accept()
              disk.mends()
            }
          },
        })
      },
      timeout,
    )
  }
})

interface BrokenDisk {
  folder: string
  breaks(): void
  mends(): void
}

function withDisk(use: (disk: NonNullable<ReturnType<typeof smallDisk>>) => Omit<BrokenDisk, 'folder'>) {
  const disk = smallDisk(8)
  return disk === null ? null : { folder: disk.folder, ...use(disk) }
}

/** A folder of which the spool vanishes, a file in its place: what needs no rights to mount. */
function vanishingFolder(): BrokenDisk {
  const folder = mkdtempSync(join(tmpdir(), 'faults-removed-'))
  const [spool, aside] = [join(folder, 'spool'), join(folder, 'aside')]
  return {
    folder,
    breaks: () => {
      renameSync(spool, aside)
      writeFileSync(spool, '')
    },
    mends: () => {
      rmSync(spool)
      renameSync(aside, spool)
    },
  }
}
