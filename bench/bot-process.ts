import { writeFile } from 'node:fs/promises'
import { Session } from 'node:inspector/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startApp } from '../src/app.ts'
import { createMemoryDialogueStore } from '../src/assistant/dialogue/memory-dialogue-store.ts'
import { loadConfig } from '../src/config.ts'
import { silentLog } from '../src/telemetry/log.ts'
import { serveParent } from './remote.ts'
import { countNothing } from './without-telemetry.ts'

const delay = monitorEventLoopDelay({ resolution: 5 })
const hasTelemetry = process.env.BENCH_TELEMETRY !== 'off'
if (!hasTelemetry) countNothing()

const dialogue = createMemoryDialogueStore()
const app = await startApp(loadConfig(process.env), {
  dialogue,
  // as if it ran for an hour: a process that has just started leaves the shop alone for some seconds
  elapsedMs: () => 3_600_000 + performance.now(),
  inbox: process.env.BENCH_INBOX !== 'off',
  ...(!hasTelemetry && { log: silentLog }),
})
const session = new Session()

const handlers = {
  /** Microseconds of processor time so far, all threads. */
  cpu: (): number => {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  memory: () => process.memoryUsage(),
  /** Bytes of the heap and beside it that a full collection leaves, and those of the dialogues among them; its tenth of a second does not count as lateness. */
  liveBytes: (): { all: number; dialogues: number } => {
    const watched = delay.disable()
    globalThis.gc?.()
    globalThis.gc?.() // what the finalizers of the first collection released
    if (watched) delay.enable()
    const { heapUsed, external } = process.memoryUsage()
    return { all: heapUsed + external, dialogues: dialogue.heldBytes() }
  },
  metricsUrl: () => app.addresses.metrics,
  /** Milliseconds the event loop was late since the last call, the first of which begins to watch; beyond the resolution. */
  delay: () => {
    delay.enable()
    const read = (percentile: number) => Math.max(0, delay.percentile(percentile) / 1e6 - 5)
    const answer = { p50: read(50), p99: read(99), max: Math.max(0, delay.max / 1e6 - 5) }
    delay.reset()
    return answer
  },
  profileStart: async (): Promise<void> => {
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 500 })
    await session.post('Profiler.start')
  },
  profileStop: async (file: string): Promise<void> => {
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    await writeFile(file, JSON.stringify(profile))
  },
}
export type BenchBot = typeof handlers

process.on('SIGTERM', () => void app.stop('bench').finally(() => process.exit()))
serveParent(handlers)
