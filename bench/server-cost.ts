import { readdir, readFile } from 'node:fs/promises'
import type { BenchDatabase } from './bench.ts'

/** What the PostgreSQL of a bench has spent so far: all its processes but those that serve clients of other databases. */
export interface ServerCost {
  /** Microseconds of processor time of the server's processes that run now; Linux only, else NaN. */
  cpu: Map<number, number>
  /** Bytes of write-ahead log. */
  wal: number
  /** Transactions that waited for the disk. */
  syncs: number
}

/** What it spent between two readings. */
export interface ServerUse {
  cpuUs: number
  walBytes: number
  syncs: number
}

const READ = `
select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 as wal, pg_backend_pid() as pid,
  (select sum(fsyncs) from pg_stat_io where object = 'wal')::float8 as syncs,
  array(select pid from pg_stat_activity where backend_type = 'client backend' and datname <> current_database()) as others`

export async function readServerCost({ sql }: BenchDatabase): Promise<ServerCost> {
  const [row] = await sql<{ wal: number; pid: number; syncs: number; others: number[] }>(READ)
  if (row === undefined) throw new TypeError('a query without from answers with one row')
  const cpu = await processorTimes(await parentOf(row.pid))
  for (const pid of row.others) cpu.delete(pid)
  return { wal: row.wal, syncs: row.syncs ?? 0, cpu }
}

/** A process that ended in between is not counted, so readings should lie closer than the idle time of a connection. */
export function usedBetween(before: ServerCost, after: ServerCost): ServerUse {
  const cpuUs = [...after.cpu].reduce((sum, [pid, us]) => sum + us - (before.cpu.get(pid) ?? 0), 0)
  return { cpuUs, walBytes: after.wal - before.wal, syncs: after.syncs - before.syncs }
}

/** Milliseconds that `work` takes by the clock, and of processor time of PostgreSQL. */
export async function timedInServer(database: BenchDatabase, work: () => Promise<unknown>) {
  const before = await readServerCost(database)
  const begun = performance.now()
  await work()
  const ms = performance.now() - begun
  return { ms, cpuMs: usedBetween(before, await readServerCost(database)).cpuUs / 1000 }
}

/** Microseconds of processor time of the backend `pid` and, to a hundredth of a second, of the workers that ended while `work` ran. */
export async function measureBackend(pid: number, work: () => Promise<unknown>): Promise<number> {
  const parent = await parentOf(pid)
  const read = async () => ({ backend: await timeOf(pid), workers: await timeOfEnded(parent) })
  const before = await read()
  await work()
  const after = await read()
  return after.backend - before.backend + after.workers - before.workers
}

/** Of a process and its children, by process id; `schedstat` begins with the nanoseconds on a processor. */
async function processorTimes(parent: number): Promise<Map<number, number>> {
  const found = new Map<number, number>()
  for (const name of await readdir('/proc').catch(() => [])) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    try {
      if (pid !== parent && (await parentOf(pid)) !== parent) continue
      found.set(pid, await timeOf(pid))
    } catch {
      // it ended while it was looked at
    }
  }
  return found
}

const timeOf = async (pid: number): Promise<number> =>
  Number((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[0]) / 1000

/** Of the children of a process that ended, the fields cutime and cstime of `stat`. */
const timeOfEnded = async (pid: number): Promise<number> => {
  const [cutime = 0, cstime = 0] =
    (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ').slice(13, 15).map(Number) ?? []
  return (cutime + cstime) * 10_000
}

/** The fourth field of `stat`, after the name in parentheses (proc_pid_stat(5)). */
const parentOf = async (pid: number): Promise<number> =>
  Number((await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).split(') ')[1]?.split(' ')[1])
