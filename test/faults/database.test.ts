import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { pgbouncerNote, pgbouncerWanted, startPgBouncer } from '../support/pgbouncer.ts'
import type { BotProcess } from '../support/spawn-bot.ts'
import { startFixture } from './fixture.ts'
import { isLong } from './results.ts'
import { play } from './scenario.ts'

const timeout = 900_000

/** Ends every connection of the bot; those of the test stay. */
const cutConnections = (sql: TestDatabase['sql'], role: string) =>
  sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and datname = current_database()`, [
    role,
  ])

/** A login of the bot's own: what happens to it affects no other test. */
async function ownRole({ url, sql }: Pick<TestDatabase, 'url' | 'sql'>) {
  const role = `bot_${randomUUID().replaceAll('-', '')}`
  const setPassword = (password: string) => sql(`alter role ${role} password '${password}'`)
  await sql(`create role ${role} superuser login password 'first'`)
  // the database is dropped first, its connections with it
  onTestFinished(() => void sql(`alter role ${role} nologin`).catch(() => undefined))
  const own = new URL(url)
  own.username = role
  own.password = 'first'
  return { role, url: own.href, setPassword }
}

describe('PostgreSQL', () => {
  test(
    'the password is changed under the bot, and changed back',
    async () => {
      const database = await createTestDatabase()
      const { sql } = database
      const { role, url, setPassword } = await ownRole(database)
      const fixture = await startFixture({ DATABASE_URL: url })

      await play({
        ...{ area: 'PostgreSQL', fault: 'password changed', fixture, sql, alert: 'PostgresDown' },
        lastsMs: [3_000, 30_000],
        begin: async () => {
          await setPassword('second')
          await cutConnections(sql, role)
          return async () => void (await setPassword('first'))
        },
      })
    },
    timeout,
  )

  test(
    'the function that stores facts is missing for a while',
    async () => {
      const { url, sql } = await createTestDatabase()
      const fixture = await startFixture({ DATABASE_URL: url })
      const rename = (from: string, to: string) =>
        sql(`alter function ${from}(uuid, jsonb, jsonb, jsonb) rename to ${to}`)

      await play({
        ...{ area: 'PostgreSQL', fault: 'function missing', fixture, sql, alert: 'EventsWaiting' },
        lastsMs: [3_000, 30_000],
        begin: async () => {
          await rename('record_facts', 'record_facts_elsewhere')
          return async () => void (await rename('record_facts_elsewhere', 'record_facts'))
        },
      })
    },
    timeout,
  )

  test.runIf(isLong)(
    'a server that only reads, as after a failover',
    async () => {
      const database = await createTestDatabase()
      const { sql } = database
      const { role, url } = await ownRole(database)
      const fixture = await startFixture({ DATABASE_URL: url })

      await play({
        ...{ area: 'PostgreSQL', fault: 'read-only', fixture, sql, alert: 'EventsWaiting' },
        lastsMs: [3_000, 30_000],
        begin: async () => {
          await sql(`alter role ${role} set default_transaction_read_only = on`)
          await cutConnections(sql, role)
          return async () => {
            await sql(`alter role ${role} reset default_transaction_read_only`)
            await cutConnections(sql, role)
          }
        },
      })
    },
    timeout,
  )

  test.runIf(pgbouncerWanted && isLong)(
    `PgBouncer in transaction mode in between, its connections ended now and then${pgbouncerNote}`,
    async () => {
      const database = await createTestDatabase()
      const { sql } = database
      const { role, url } = await ownRole(database)
      const fixture = await startFixture({ DATABASE_URL: await startPgBouncer(url) })
      let ending: NodeJS.Timeout | undefined

      await play({
        ...{ area: 'PostgreSQL', fault: 'PgBouncer in between, connections ended', fixture, sql },
        lastsMs: [3_000, 30_000],
        begin: async () => {
          ending = setInterval(() => void cutConnections(sql, role), 700)
          return async () => clearInterval(ending)
        },
      })
    },
    timeout,
  )
})

describe('Spool', () => {
  test(
    'files that hold no facts, a folder, half a file and one that is deleted stand before what waits',
    async () => {
      const { url, sql } = await createTestDatabase()
      const fixture = await startFixture({ DATABASE_URL: url })
      const folder = join(fixture.dataDir, 'spool', 'events')
      mkdirSync(folder, { recursive: true })
      const contents = ['null', '[null]', '{}', '{"a":1}', 'garbage', '', '[{"kind":"start"}]']
      const fileNames = contents.map((_, i) => `${String(i + 1).padStart(12, '0')}-3-${randomUUID()}.json`)
      contents.forEach((content, i) => void writeFileSync(join(folder, fileNames[i] ?? ''), content))
      mkdirSync(join(folder, `${'9'.padStart(12, '0')}-1-${randomUUID()}.json`))
      writeFileSync(join(folder, `${'10'.padStart(12, '0')}-2-${randomUUID()}.json.tmp`), '[{"kind":')
      rmSync(join(folder, fileNames[4] ?? ''))

      await play({
        ...{ area: 'Spool', fault: 'unusable files before what waits', fixture, sql },
        note: 'each is quarantined, counted and reported',
        lastsMs: [2_000, 25_000],
        mayStay: path => /\.quarantined(?:$|\/)|dead-letter\.ndjson$/.test(path),
        begin: async () => async () => undefined,
        // counted before Prometheus looks for the first time, so that no rule sees it grow
        finally: async bot => expect(await unreadable(bot)).toBeGreaterThanOrEqual(contents.length),
      })
    },
    timeout,
  )
})

const unreadable = async (bot: BotProcess): Promise<number> =>
  Number(/^bot_events_lost_total\{[^}]*reason="unreadable"[^}]*\} (\d+)$/m.exec(await bot.metrics())?.[1])
