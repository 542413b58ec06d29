import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished } from 'vitest'
import { freePort } from './programs.ts'

/** The programs of one major version, server and tools: a tool refuses a server newer than itself. */
const bin = ['18', '17', '16', '15']
  .map(version => `/usr/lib/postgresql/${version}/bin`)
  .find(folder => spawnSync(join(folder, 'pg_basebackup'), ['--version']).status === 0)

/** Whether tests that need PostgreSQL's own tools must run: always in CI, elsewhere when Debian's packages are installed. */
export const debianPostgresWanted: boolean = bin !== undefined || process.env.CI === 'true'

/** For the name of a test that is skipped without them. */
export const debianPostgresNote: string = debianPostgresWanted ? '' : ' (skipped: postgresql is not installed)'

/** A PostgreSQL of Debian with its tools, which the embedded one has not. */
export interface DebianPostgres {
  /** Holds the data in `data` and the archive in `wal-archive`; anyone may write here. */
  folder: string
  /** Of the database `bot`, which exists once the server was started; every connection from this machine is trusted. */
  url: string
  /** Starts the server with these arguments; resolves when it is no longer in recovery. */
  start(settings?: readonly string[]): Promise<void>
  /** Ends in order. */
  stop(): Promise<void>
  sql(text: string): Promise<Record<string, unknown>[]>
  /** Every row of every table, in an order of its own. */
  rows(): Promise<string[]>
  /**
   * Runs commands of the docs, in the shell of the owner of the data: `docker compose exec` and `run` of
   * the service postgres begin their program here, `/wal-archive` is a folder of the test, other commands of docker do nothing.
   * Throws what it wrote.
   */
  operate(commands: string): string
}

/** The shell blocks of a section of docs/operations.md. */
export function commandsOf(heading: string): string[] {
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const section = text.slice(text.indexOf(`## ${heading}`)).split('\n## ')[0] ?? ''
  return [...section.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block ?? '')
}

const TABLES = `
select format('%I.%I', schemaname, tablename) as name from pg_tables
where schemaname not in ('pg_catalog', 'information_schema')`

const docker = `#!/bin/sh
case $2 in exec | run) ;; *) exit 0 ;; esac
while [ "$1" != postgres ]; do shift; done
shift
exec "$@"
`

/** A new cluster with the superuser `bot`, not started. It and its folder end with the test. */
export async function createDebianPostgres(): Promise<DebianPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'debian-postgres-'))
  mkdirSync(join(folder, 'wal-archive'))
  writeFileSync(join(folder, 'docker'), docker, { mode: 0o755 })
  for (const path of [folder, join(folder, 'wal-archive')]) chmodSync(path, 0o777)
  const port = await freePort()
  const url = `postgres://bot@127.0.0.1:${port}/bot`
  const data = join(folder, 'data')
  // PostgreSQL refuses to run as root
  const as = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--'] : []
  const [program = 'bash', ...before] = [...as, 'bash']
  const environment = { PGHOST: '127.0.0.1', PGPORT: String(port), PGUSER: 'bot', PGDATA: data }
  let server: ChildProcess | undefined
  let log = ''

  const run = (script: string) =>
    execFileSync(program, [...before, '-euo', 'pipefail', '-c', script], {
      cwd: folder,
      env: { ...process.env, PATH: `${folder}:${bin}:${process.env.PATH}`, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    })
  const query = async (database: string, text: string) => {
    const client = new pg.Client({ connectionString: new URL(`/${database}`, url).href })
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(text)).rows
    } finally {
      await client.end()
    }
  }
  const sql = (text: string) => query('bot', text)
  const stop = async () => {
    if (server === undefined || server.exitCode !== null) return
    const ended = once(server, 'exit')
    run('pg_ctl stop --mode=fast --silent')
    await ended
  }

  onTestFinished(async () => {
    if (server !== undefined && server.exitCode === null) {
      const ended = once(server, 'exit')
      run('pg_ctl stop --mode=immediate --silent --no-wait')
      await ended
    }
    rmSync(folder, { recursive: true, force: true })
  })
  run('initdb --username=bot --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync')
  return {
    folder,
    url,
    stop,
    operate: commands => run(commands.replaceAll('/wal-archive', join(folder, 'wal-archive'))),
    sql,
    rows: async () => {
      const tables = await sql(TABLES)
      const rows = tables.map(async ({ name }) =>
        (await sql(`select t::text as row from only ${name} t`)).map(({ row }) => `${name}: ${row}`),
      )
      return (await Promise.all(rows)).flat().sort()
    },
    start: async (given = []) => {
      const settings = given.map(setting => setting.replaceAll('/wal-archive', join(folder, 'wal-archive')))
      const own = [`-p${port}`, '-k', '', '-clisten_addresses=127.0.0.1', '-cfsync=off', ...settings]
      const [file = '', ...args] = [...as, join(bin ?? '', 'postgres'), `-D${data}`, ...own]
      log = ''
      const started = spawn(file, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
      server = started
      started.stderr.on('data', chunk => (log += chunk))
      const recovering = () =>
        query('postgres', 'select pg_is_in_recovery() as recovering').then(
          ([row]) => row?.recovering,
          () => 'down',
        )
      await expect
        .poll(() => (started.exitCode === null ? recovering() : `ended: ${log}`), { message: log })
        .toSatisfy(answer => answer === false || String(answer).startsWith('ended'))
      if (started.exitCode !== null) throw new Error(log)
      const [found] = await query('postgres', `select from pg_database where datname = 'bot'`)
      if (found === undefined) await query('postgres', 'create database bot')
    },
  }
}
