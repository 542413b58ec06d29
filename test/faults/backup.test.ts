import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../support/programs.ts'
import { startFixture, until } from './fixture.ts'
import { report } from './results.ts'

/** The programs of one major version, server and tools: pg_dump refuses a server newer than itself. */
const bin = ['18', '17', '16', '15']
  .map(version => `/usr/lib/postgresql/${version}/bin`)
  .find(folder => spawnSync(join(folder, 'pg_dump'), ['--version']).status === 0)
const wanted = bin !== undefined || process.env.CI === 'true'

/** The shell blocks of the section, as an operator would paste them. */
function commandsOf(heading: string): string[] {
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const section = text.slice(text.indexOf(`## ${heading}`)).split('\n## ')[0] ?? ''
  return [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block ?? '')
}

/** A PostgreSQL of Debian in a folder of its own. */
async function startPostgres(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'))
  chmodSync(folder, 0o777)
  const as = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : ['env']
  const [program = '', ...args] = as
  const data = join(folder, 'data')
  execFileSync(
    program,
    [
      ...args,
      join(bin ?? '', 'initdb'),
      '-D',
      data,
      '-U',
      'bot',
      '--auth',
      'trust',
      '-E',
      'UTF8',
      '--locale',
      'C.UTF-8',
    ],
    { stdio: 'ignore' },
  )
  const port = String(await freePort())
  const server = spawn(
    program,
    [...args, join(bin ?? '', 'postgres'), '-D', data, '-p', port, '-k', '', '-c', 'listen_addresses=127.0.0.1'],
    { stdio: 'ignore' },
  )
  onTestFinished(() => {
    spawnSync(program, [...args, join(bin ?? '', 'pg_ctl'), '-D', data, '-m', 'immediate', 'stop'])
    server.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `postgres://bot@127.0.0.1:${port}`
  await until('PostgreSQL is up', async () => query(`${url}/postgres`, 'select 1').catch(() => undefined))
  await query(`${url}/postgres`, 'create database bot')
  return url
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** Every row of every table, in an order of its own. */
async function contents(url: string): Promise<string[]> {
  const tables = await query(
    url,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  )
  const rows = await Promise.all(
    tables.map(async ({ name }) =>
      (await query(url, `select t::text as row from only ${name} t`)).map(({ row }) => `${name}: ${row}`),
    ),
  )
  return rows.flat().sort()
}

test.runIf(wanted)(
  `backup and restore as docs/operations.md has it${wanted ? '' : ' (skipped: pg_dump and a server are not installed)'}`,
  async () => {
    const server = await startPostgres()
    const url = `${server}/bot`
    const fixture = await startFixture({ DATABASE_URL: url })
    const bot = await fixture.bot()
    await bot.started()
    await fixture.user(100).join('habr')
    await fixture.user(100).reply(/Согласие записано/)
    await fixture.user(100).ask('собери корзину: молоко, хлеб', /Итого/)
    bot.child.kill('SIGTERM')
    await bot.exit
    const cwd = mkdtempSync(join(tmpdir(), 'backup-file-'))
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))
    // «docker compose exec -T postgres …» is that program here; stop and up are the test's own business
    writeFileSync(join(cwd, 'docker'), '#!/bin/sh\n[ "$2" = exec ] || exit 0\nshift 4\nexec "$@"\n', { mode: 0o755 })
    const perform = (block: string) => {
      const dump = readdirSync(cwd).find(name => name.endsWith('.dump')) ?? ''
      const { hostname, port } = new URL(url)
      const env = { PATH: `${cwd}:${bin}:${process.env.PATH}`, PGHOST: hostname, PGPORT: port }
      const commands = block.replace(/bot-\d{4}-\d{2}-\d{2}\.dump/, dump)
      execFileSync('bash', ['-euc', commands], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] })
    }
    const [backup = '', restore = ''] = commandsOf('Backup and restore')

    perform(backup)
    const before = await contents(url)
    await query(url, 'truncate users, user_events cascade')
    perform(restore)
    const after = await contents(url)
    const next = await fixture.bot()
    await next.started()
    const cart = await fixture.user(100).ask('собери корзину: сыр, кефир', /Итого/)

    report({
      area: 'Backup',
      fault: 'the database is lost and restored from its backup',
      times: 1,
      saw: `${before.length} rows before, ${after.length} after`,
      lost: before.filter(row => !after.includes(row)).length,
      doubled: Math.max(0, after.length - before.length),
      recoveryS: null,
      alert: null,
    })
    expect(after).toEqual(before)
    // of the 10000 of the fixture one was used before the loss: the count came back with the backup
    expect(cart.text).toContain('Осталось корзин: 9998')
  },
  120_000,
)
