import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { freePort } from './programs.ts'

/** Debian installs it where only root looks. */
const program = ['pgbouncer', '/usr/sbin/pgbouncer'].find(name => spawnSync(name, ['--version']).status === 0)

/** Whether tests that need PgBouncer must run: always in CI, elsewhere when the program is installed. */
export const pgbouncerWanted: boolean = process.env.CI === 'true' || program !== undefined

/** For the name of a test that is skipped without it. */
export const pgbouncerNote: string = pgbouncerWanted ? '' : ' (skipped: pgbouncer is not installed)'

/**
 * A real PgBouncer with its default settings before the server of `url`; ends with the test. Returns the address of the
 * same database through it.
 */
export async function startPgBouncer(url: string, settings: Record<string, string> = {}): Promise<string> {
  const server = new URL(url)
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'))
  const port = await freePort()
  const users = join(folder, 'users.txt')
  writeFileSync(users, `"${server.username}" "${decodeURIComponent(server.password)}"\n`)
  const lines = Object.entries({
    listen_addr: '127.0.0.1',
    listen_port: `${port}`,
    unix_socket_dir: '',
    auth_type: 'plain',
    auth_file: users,
    pool_mode: 'transaction',
    ...settings,
  }).map(([key, value]) => `${key} = ${value}`)
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]\n* = host=${server.hostname} port=${server.port}\n[pgbouncer]\n${lines.join('\n')}\n`,
  )
  // it refuses to run as root
  const asUnprivileged = process.getuid?.() === 0 ? ['--user', 'nobody'] : []
  for (const path of [folder, users, file]) chmodSync(path, 0o755)

  const child = spawn(program ?? 'pgbouncer', [...asUnprivileged, file], { stdio: ['ignore', 'ignore', 'pipe'] })
  let output = ''
  child.stderr.on('data', chunk => (output += chunk))
  onTestFinished(() => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })
  await expect.poll(() => (child.exitCode === null ? listens(port) : 'ended'), { message: output }).toBe(true)
  server.port = String(port)
  server.hostname = '127.0.0.1'
  return server.href
}

const listens = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
