import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'
import { commands, runCommand } from '../support/command-process.ts'
import { createTestDatabase } from '../support/database.ts'

/** What each command needs to be understood; the sandbox has no database. */
const calls = [
  ['report', 'summary'],
  ['generate', '--users 2 --days 2 --seed 1'],
  ['reconcile', ''],
  ['lifecycle', ''],
  ['rebuild-totals', ''],
  ['migrate', ''],
] as const
const loki = { LOKI_URL: 'http://127.0.0.1:9' }

/** Allowance for a machine that is busy with other things; without a limit of ours the system's is 130 s. */
const startOfNodeMs = 60_000

test.each(commands)(
  '%s prints its help without any setting, and refuses what it does not know in a sentence',
  async name => {
    for (const flag of ['--help', '-h']) {
      const { code, out, err } = await runCommand(name, flag, { NODE_ENV: 'production', DATABASE_URL: 'nonsense' })
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(out).toMatch(/^Usage: npm run /)
    }
    for (const args of ['--nonsense', 'summary of everything']) {
      const { code, out, err } = await runCommand(name, args)
      expect({ code, out }).toEqual({ code: 2, out: '' })
      expect(err).toMatch(/^[^\n]+; --help shows [a-z ]+$/)
    }
  },
)

/** A server that takes connections and never says a word. */
async function startSilentServer(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

test.each([
  ['is closed', async () => '127.0.0.1:1', /^DATABASE_URL: PostgreSQL cannot be reached there \(ECONNREFUSED\)$/],
  ['does not answer', startSilentServer, /^DATABASE_URL: PostgreSQL does not answer there within 2 s$/],
  // TEST-NET-1 of RFC 5737: no host answers there
  ['lies behind a network that swallows packets', async () => '192.0.2.1:5432', /^DATABASE_URL: PostgreSQL /],
  ['has a name that does not resolve', async () => 'db.invalid:5432', /^DATABASE_URL: PostgreSQL /],
])('a database that %s is reported within 5 s of the start, without the password', async (_, start, sentence) => {
  const url = `postgres://bot:the-password@${await start()}/bot`
  for (const [name, args] of calls) {
    const { code, err, tookMs } = await runCommand(name, args, { DATABASE_URL: url, ...loki })
    expect({ name, code }).toEqual({ name, code: 1 })
    expect(err).toMatch(sentence)
    expect(tookMs).toBeLessThan(5_000 + startOfNodeMs)
  }
})

test('a refused login and a database without tables are reported in a sentence, without values', async () => {
  const { url } = await createTestDatabase()
  const wrong = new URL(url)
  wrong.password = 'the-password'
  const empty = new URL(url)
  empty.pathname = '/postgres'

  const refused = await runCommand('report', 'summary', { DATABASE_URL: wrong.href })
  const without = await runCommand('report', 'summary', { DATABASE_URL: empty.href })

  expect(refused.err).toMatch(/^DATABASE_URL: postgres: SQLSTATE 28P01, the login was refused/)
  expect(without.err).toBe(
    'DATABASE_URL: this database has no tables of the bot; check its name, or make them with `npm run migrate`',
  )
  expect(refused.err + without.err).not.toContain('the-password')
  expect([refused.code, without.code]).toEqual([1, 1])
})

test('a DATA_DIR without a database is an error that leaves it as it was; migrate makes one', async () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'none-')), 'data')
  for (const [name, args] of calls.filter(([name]) => name !== 'migrate')) {
    const { code, err } = await runCommand(name, args, { DATA_DIR: dataDir, ...loki })
    expect({ name, code }).toEqual({ name, code: 1 })
    expect(err).toBe(
      `DATA_DIR ${dataDir} holds no database: set DATA_DIR to the folder of the bot, or DATABASE_URL, or make a database there with \`npm start\` or \`npm run migrate\``,
    )
  }
  expect(existsSync(dataDir)).toBe(false)

  expect(await runCommand('migrate', '', { DATA_DIR: dataDir })).toMatchObject({ code: 0, err: '' })

  expect(await runCommand('report', 'summary --json', { DATA_DIR: dataDir })).toMatchObject({ code: 0, err: '' })
})

test('a command uses the embedded server of a running bot and leaves it running', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'running-'))
  const server = await openEmbeddedPostgres(dataDir)
  onTestFinished(() => server.stop())
  await runCommand('migrate', '', { DATA_DIR: dataDir })

  const report = await runCommand('report', 'summary', { DATA_DIR: dataDir })

  expect(report).toMatchObject({ code: 0, err: '' })
  const again = await openEmbeddedPostgres(dataDir)
  expect(again).toMatchObject({ started: false, url: server.url })
})

test('reconcile with nothing to compare with says so', async () => {
  const { code, err } = await runCommand('reconcile', '')

  expect({ code, err }).toEqual({
    code: 2,
    err: 'there is nothing to compare with: set LOKI_URL or PROMETHEUS_URL, or both',
  })
})

test('report works in production without the settings of Telegram and GigaChat', async () => {
  const { url } = await createTestDatabase()
  const production = { NODE_ENV: 'production', DATABASE_URL: url, BOT_TOKEN: 'not one', HTTP_PORT: 'none' }

  expect(await runCommand('report', 'summary --json', production)).toMatchObject({ code: 0, err: '' })
})

test('report refuses a day in the future of ANALYTICS_TZ', async () => {
  const { code, err } = await runCommand('report', 'summary --until 9999-01-01')

  expect({ code, err }).toEqual({ code: 2, err: '--until must not lie in the future' })
})

test('numbers of another time zone are given only after counting anew', async () => {
  const { url } = await createTestDatabase()
  const run = (name: 'report' | 'rebuild-totals', args: string, zone: string) =>
    runCommand(name, args, { DATABASE_URL: url, ANALYTICS_TZ: zone })
  await run('rebuild-totals', '', 'Europe/Moscow')

  const before = await run('report', 'summary', 'Asia/Tokyo')
  const ofADay = await run('rebuild-totals', '--day 2026-01-01', 'Asia/Tokyo')
  const rebuilt = await run('rebuild-totals', '', 'Asia/Tokyo')
  const after = await run('report', 'summary', 'Asia/Tokyo')

  expect(before).toMatchObject({ code: 1, out: '' })
  expect(before.err).toMatch(/^ANALYTICS_TZ is Asia\/Tokyo, but .* days of Europe\/Moscow: .*npm run rebuild-totals/)
  expect(ofADay.err).toBe(before.err)
  expect([rebuilt.code, after.code]).toEqual([0, 0])
})

test('a command that is interrupted stops the server it started', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'interrupted-'))
  await runCommand('migrate', '', { DATA_DIR: dataDir })
  const file = new URL('../../dist/cli/main.js', import.meta.url).pathname
  const child = spawn(process.execPath, [file, 'generate', '--users', '200000', '--days', '300', '--seed', '1'], {
    env: { PATH: process.env.PATH ?? '', DATA_DIR: dataDir },
    stdio: 'ignore',
  })
  const pidFile = join(dataDir, 'postgres', 'cluster', 'postmaster.pid')
  await expect.poll(() => existsSync(pidFile)).toBe(true)

  child.kill('SIGTERM')

  expect((await once(child, 'exit'))[0]).toBe(143)
  expect(existsSync(pidFile)).toBe(false)
})
