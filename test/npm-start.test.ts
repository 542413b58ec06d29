import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test } from 'vitest'
import { openEmbeddedPostgres } from '../src/db/embedded-postgres.ts'
import { createTestUser } from './support/bot.ts'
import { npmStart } from './support/npm-start.ts'

test('SIGTERM to npm ends the whole tree in order, with what was accepted stored', async () => {
  const start = npmStart()
  const anna = createTestUser(await start.ready(), 401)
  await anna.join('habr')
  expect(start.alive().map(({ command }) => command)).toEqual(
    expect.arrayContaining([expect.stringContaining('dist/main.js'), expect.stringContaining('bin/postgres')]),
  )

  process.kill(start.pid, 'SIGTERM')

  expect(await start.exit).toBe(0)
  await expect.poll(start.alive).toEqual([])
  const server = await openEmbeddedPostgres(start.dataDir, { create: false })
  const client = new pg.Client({ connectionString: server.url })
  await client.connect()
  const { rows } = await client.query(`select metadata ->> 'source' as source from user_events where user_id = 401`)
  await client.end()
  await server.stop()
  expect(rows).toContainEqual({ source: 'habr' })
  expect(readdirSync(join(start.dataDir, 'spool', 'events'))).toEqual([])
})

test.each<[what: string, signal: NodeJS.Signals, toGroup: boolean, exit: number | string]>([
  ['Ctrl-C in the terminal', 'SIGINT', true, 0],
  ['closing the terminal', 'SIGHUP', true, 'SIGHUP'],
  ['SIGHUP to npm, which does not pass it on,', 'SIGHUP', false, 'SIGHUP'],
  ['the sudden death of npm', 'SIGKILL', false, 'SIGKILL'],
])('%s leaves no process behind', async (_, signal, toGroup, exit) => {
  const start = npmStart()
  await start.ready()

  process.kill(toGroup ? -start.pid : start.pid, signal)

  expect(await start.exit).toBe(exit)
  await expect.poll(start.alive).toEqual([])
  await expect.poll(start.output).toMatch(/bot_stopping.*bot_stopped/s)
})

test.each(['SIGTERM', 'SIGHUP'] as const)(
  '%s while PostgreSQL is being made leaves no process behind',
  async signal => {
    const start = npmStart()
    await expect.poll(() => start.alive().some(({ command }) => /initdb|bin\/postgres/.test(command))).toBe(true)

    process.kill(start.pid, signal)

    await start.exit
    await expect.poll(start.alive).toEqual([])
    expect(start.output()).not.toMatch(/Error|startup_failed/)
  },
)
