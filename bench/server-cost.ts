import { readdir, readFile } from 'node:fs/promises'
import type { BenchDatabase } from './bench.ts'

/** What the PostgreSQL of a bench has spent so far, all its databases together. */
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
  (select sum(fsyncs) from pg_stat_io where object = 'wal')::float8 as syncs`

export async function readServerCost({ sql }: BenchDatabase): Promise<ServerCost> {
  const [row] = await sql<{ wal: number; pid: number; syncs: number }>(READ)
  if (row === undefined) throw new TypeError('a query without from answers with one row')
  return { wal: row.wal, syncs: row.syncs ?? 0, cpu: await processorTimes(await parentOf(row.pid)) }
}

/** A process that ended in between is not counted, so readings should lie closer than the idle time of a connection. */
export function usedBetween(before: ServerCost, after: ServerCost): ServerUse {
  const cpuUs = [...after.cpu].reduce((sum, [pid, us]) => sum + us - (before.cpu.get(pid) ?? 0), 0)
  return { cpuUs, walBytes: after.wal - before.wal, syncs: after.syncs - before.syncs }
}

/** Of a process and its children, by process id; `schedstat` begins with the nanoseconds on a processor. */
async function processorTimes(parent: number): Promise<Map<number, number>> {
  const found = new Map<number, number>()
  for (const name of await readdir('/proc').catch(() => [])) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    try {
      if (pid !== parent && (await parentOf(pid)) !== parent) continue
      found.set(pid, Number((await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[0]) / 1000)
    } catch {
      // it ended while it was looked at
    }
  }
  return found
}

/** The fourth field of `stat`, after the name in parentheses (proc_pid_stat(5)). */
const parentOf = async (pid: number): Promise<number> =>
  Number((await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).split(') ')[1]?.split(' ')[1])
