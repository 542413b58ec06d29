import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, readlink, realpath, rm, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { StartupError } from '../errors.ts'
import type { Cluster } from './cluster.ts'
import type { DatabaseOwner } from './database-owner.ts'

const run = promisify(execFile)
const stopTimeoutMs = 10_000

/** A living server of a cluster. */
export interface Postmaster {
  pid: number
  port: number
}

/** A server that was just started. */
export interface StartedPostmaster extends Postmaster {
  /** Resolves when the process has ended, to the line of the log that says why, or an empty text. */
  ended: Promise<string>
  /** Stops it, also when it is not up yet. */
  stop(): Promise<void>
}

const serverSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

/** The server of this cluster, or null. A stranger that was given the number of a dead server is none. */
export async function findPostmaster({ data }: Cluster): Promise<Postmaster | null> {
  const { pid, port } = await readLockFile(data)
  return pid > 0 && port > 0 && (await serves(pid, data)) ? { pid, port } : null
}

/** postmaster.pid: line 1 is the process, line 4 the port (PostgreSQL source, utils/pidfile.h). 0 for what is not there. */
async function readLockFile(data: string): Promise<Postmaster> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const numberIn = (line = '') => (/^\s*-?\d+\s*$/.test(line) ? Number(line) : 0)
  return { pid: numberIn(lines[0]), port: numberIn(lines[3]) }
}

/** Whether this process is a PostgreSQL that works on this data directory, in which it stays once it is up. */
async function serves(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  try {
    const [program, folder, own] = await Promise.all([
      readlink(`/proc/${pid}/exe`),
      stat(`/proc/${pid}/cwd`),
      stat(data),
    ])
    return basename(program).startsWith('postgres') && folder.dev === own.dev && folder.ino === own.ino
  } catch {
    // no /proc, or the process belongs to another system user
    const command = await commandOf(pid)
    const paths = [data, await realpath(data).catch(() => data)]
    return command.includes('postgres') && paths.some(path => command.includes(path))
  }
}

const commandOf = async (pid: number): Promise<string> =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null)) ??
  (await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)], { timeout: 5_000 }).then(
    ({ stdout }) => stdout,
    () => '',
  ))

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (err) {
    return err instanceof Error && 'code' in err && err.code === 'EPERM'
  }
}

/** Starts the server of a cluster that none serves, on a free port. It is not ready yet. Throws StartupError. */
export async function startPostmaster(
  cluster: Cluster,
  binary: string,
  owner: DatabaseOwner,
  settings: Record<string, string>,
): Promise<StartedPostmaster> {
  const { pid: formerPid } = await readLockFile(cluster.data)
  // after a power cut the file may be empty, which PostgreSQL takes for a server that is just starting
  if (formerPid === 0) await rm(join(cluster.data, 'postmaster.pid'), { force: true })
  const port = await freePort()
  const log = await open(cluster.logFile, 'a')
  const { size } = await log.stat()
  const [file, args] = owner.command(binary, [
    '-D',
    cluster.data,
    ...Object.entries({ ...serverSettings, ...settings, port }).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ])
  const child = spawn(file, args, {
    // a group of its own: Ctrl-C in a terminal must reach the bot, which stops the database last
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    // PostgreSQL does not start while any process has the number in the file, unless this variable, which pg_ctl uses
    // for the same purpose, names that process as no server; its check of shared memory stays
    env: { ...process.env, ...(formerPid === 0 ? {} : { PG_GRANDPARENT_PID: String(Math.abs(formerPid)) }) },
  })
  await once(child, 'spawn').catch(cause => {
    throw new StartupError(
      `PostgreSQL (${file}) could not be started. What is stored in ${cluster.data} is untouched`,
      {
        cause,
      },
    )
  })
  child.unref()
  await log.close()
  const pid = child.pid ?? 0
  return {
    pid,
    port,
    ended: once(child, 'exit').then(() => lastComplaint(cluster.logFile, size)),
    stop: () => stopProcess(pid, async () => isAlive(pid)),
  }
}

/** The last line that says why a server ended, in what it wrote after `from` bytes. */
async function lastComplaint(logFile: string, from: number): Promise<string> {
  const text = (await readFile(logFile).catch(() => Buffer.alloc(0))).subarray(from).toString('utf8')
  const lines = text.trim().split('\n')
  return lines.findLast(line => /\b(?:FATAL|PANIC):/.test(line)) ?? lines.at(-1) ?? ''
}

/** Stops the server of the cluster, if one runs. */
export async function stopPostmaster(cluster: Cluster): Promise<void> {
  const running = await findPostmaster(cluster)
  if (running !== null) await stopProcess(running.pid, () => serves(running.pid, cluster.data))
}

/** In order, and immediately when that takes too long; the next start recovers then (PostgreSQL manual, 18.5). */
async function stopProcess(pid: number, runs: () => Promise<boolean>): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (isAlive(pid)) process.kill(pid, signal)
    const deadline = Date.now() + stopTimeoutMs
    while (Date.now() < deadline) {
      if (!(await runs())) return
      await sleep(25)
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise(done => server.close(done))
  if (address === null || typeof address === 'string') throw new StartupError('No free port on 127.0.0.1')
  return address.port
}
