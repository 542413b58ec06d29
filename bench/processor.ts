import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'

/** Processor time in seconds, since the machine and since the processes started. */
export interface ProcessorReading {
  at: number
  machine: number
  /** Of this process, its children and theirs, those that ended included. */
  ours: number
}

/** Linux counts in hundredths of a second (`getconf CLK_TCK`). */
const ticks = 100

/** Undefined where there is no Linux to ask. */
export async function readProcessor(): Promise<ProcessorReading | undefined> {
  try {
    const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n')
    // user, nice, system, idle, iowait, irq, softirq (proc_stat(5))
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(/\s+/).slice(1).map(Number)
    return {
      at: performance.now() / 1000,
      machine: (user + nice + system + irq + softirq) / ticks,
      ours: await ownTime(),
    }
  } catch {
    return undefined
  }
}

/** Cores that other processes took between two readings, on average. */
export function coresOfOthers(before: ProcessorReading, after: ProcessorReading): number {
  const others = after.machine - before.machine - (after.ours - before.ours)
  return Math.max(0, others / Math.max(after.at - before.at, 1e-3))
}

interface Stat {
  pid: number
  parent: number
  seconds: number
}

async function ownTime(): Promise<number> {
  const names = (await readdir('/proc')).filter(name => /^\d+$/.test(name))
  const stats = (await Promise.all(names.map(readStat))).filter(stat => stat !== undefined)
  const family = new Set([process.pid])
  // a child may have a lower number than its parent
  for (let size = 0; size !== family.size; ) {
    size = family.size
    for (const { pid, parent } of stats) if (family.has(parent)) family.add(pid)
  }
  return stats.filter(({ pid }) => family.has(pid)).reduce((sum, { seconds }) => sum + seconds, 0)
}

/** Of its fields utime, stime, cutime and cstime: the last two are those of children that ended. */
async function readStat(pid: string): Promise<Stat | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const seconds = fields.slice(11, 15).reduce((sum, value) => sum + value, 0) / ticks
  return { pid: Number(pid), parent: fields[1] ?? 0, seconds }
}

/** Instructions that a process executes while `work` runs; undefined where `perf` is missing or may not count. */
export async function countInstructions(pid: number, work: () => Promise<unknown>): Promise<number | undefined> {
  const perf = spawn('perf', ['stat', '-x,', '-e', 'instructions', '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  perf.stderr.on('data', chunk => (output += String(chunk)))
  const ended = once(perf, 'close').catch(() => undefined)
  await work()
  perf.kill('SIGINT')
  await ended
  const counted = /^(\d+),[^,]*,instructions/m.exec(output)?.[1]
  return counted === undefined ? undefined : Number(counted)
}
