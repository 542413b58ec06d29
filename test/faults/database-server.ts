import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import { openEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'
import type { TestDatabase } from '../support/database.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

/** A PostgreSQL of the test's own behind a proxy, so that its address stays while it comes and goes. */
export interface DatabaseServer {
  /** Through the proxy: for the bot. */
  url: string
  proxy: TcpProxy
  /** Past the proxy: for the test. */
  sql: TestDatabase['sql']
  stop(): Promise<void>
  start(): Promise<void>
  /** `kill -9` of the server and all its processes. */
  kill(): Promise<void>
  /** Every process of it stands still until `thaw`. */
  freeze(): void
  thaw(): void
}

/** Starts it in the folder given, which stays, or in one of its own. */
export async function startDatabaseServer(given?: string): Promise<DatabaseServer> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'faults-pg-'))
  const open = () => openEmbeddedPostgres(folder, { settings: { max_connections: '60', max_wal_size: '64MB' } })
  let server = await open()
  const proxy = await startTcpProxy(addressOf(server.url))
  const processes = (): number[] => {
    const pid = Number(readFileSync(join(folder, 'postgres', 'cluster', 'postmaster.pid'), 'utf8').split('\n')[0])
    const children = readdirSync('/proc').filter(name => /^\d+$/.test(name) && parentOf(name) === pid)
    return [pid, ...children.map(Number)]
  }
  const signal = (name: NodeJS.Signals) => {
    for (const pid of processes()) process.kill(pid, name)
  }
  onTestFinished(async () => {
    await proxy.refuse()
    await server.stop()
    if (given === undefined) rmSync(folder, { recursive: true, force: true })
  })
  const url = new URL(server.url)
  url.port = String(proxy.port)
  return {
    url: url.href,
    proxy,
    sql: async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []) => {
      const client = new pg.Client({ connectionString: server.url })
      await client.connect()
      try {
        return (await client.query<Row>(text, values)).rows
      } finally {
        await client.end()
      }
    },
    stop: () => server.stop(),
    start: async () => {
      server = await open()
      proxy.target = addressOf(server.url)
    },
    kill: async () => {
      signal('SIGKILL')
      await new Promise(resolve => setTimeout(resolve, 200))
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
  }
}

export const addressOf = (url: string) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) })

function parentOf(pid: string): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
  } catch {
    return undefined // it has just ended
  }
}

/** A file system of its own of so many megabytes; null where this may not be done. */
export function smallDisk(megabytes: number) {
  const folder = mkdtempSync(join(tmpdir(), 'faults-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    return null
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  const filler = join(folder, 'filler')
  return {
    folder,
    fill: () => {
      for (const bytes of [1_048_576, 65_536, 4096]) while (fits(filler, bytes));
    },
    free: () => rmSync(filler, { force: true }),
    /** For all that is opened from now on: what is open for writing keeps the disk itself from becoming read-only. */
    readOnly: (on: boolean) => {
      if (!on) return void execFileSync('umount', ['-l', folder], { stdio: 'ignore' })
      execFileSync('mount', ['--bind', folder, folder], { stdio: 'ignore' })
      execFileSync('mount', ['-o', 'remount,bind,ro', folder], { stdio: 'ignore' })
    },
  }
}

/** Appends so many bytes; false when the disk has no room for them. */
function fits(file: string, bytes: number): boolean {
  try {
    writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' })
    return true
  } catch {
    return false
  }
}
