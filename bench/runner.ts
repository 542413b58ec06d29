import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bench, BenchContext, BenchResult, Scale } from './bench.ts'
import { currentLoad, describeMachine, type Machine } from './machine.ts'
import { coresOfOthers, readProcessor } from './processor.ts'
import { createBenchServer } from './server.ts'

/** A whole run, as `--json` writes it. */
export interface Report {
  machine: Machine
  benches: BenchReport[]
}

export interface BenchReport extends Pick<Bench, 'name' | 'question' | 'against' | 'settings'> {
  startedAt: string
  scale: Scale
  /** For benches that run at several sizes. */
  size?: string
  results: BenchResult[]
  /** What went wrong, if anything did. */
  failure?: string
  seconds: number
  /** Files to stand beside the report, by name. */
  files: Record<string, string>
  /** Load of the machine before and after, and the cores that other processes took during it: they make wall times longer. */
  load: { before: number; after: number; others?: number }
  /** Seconds of processor time of all processes of the bench, fakes and PostgreSQL included. */
  processorSeconds?: number
}

export interface RunOptions {
  scale: Scale
  rounds?: number | undefined
  now: () => Date
  note: (text: string) => void
  /** Called with each bench as it ends. */
  onReport?: (report: BenchReport) => void
}

const roundsAt: Record<Scale, number> = { quick: 1, normal: 3, long: 5 }

/** Runs benches one after the other. One that fails says so in its report and the others run all the same. */
export async function runBenches(benches: readonly Bench[], options: RunOptions): Promise<Report> {
  const { scale, rounds = roundsAt[scale], now, note, onReport } = options
  const server = createBenchServer()
  const reports: BenchReport[] = []

  const runOne = async ({ name, question, against, settings, run }: Bench): Promise<BenchReport> => {
    const releases: (() => unknown)[] = []
    const files: Record<string, string> = {}
    const outcome: Pick<BenchReport, 'results' | 'failure' | 'size'> = { results: [] }
    const context: BenchContext = {
      scale,
      rounds,
      at: ({ quick, normal, long = normal }) => ({ quick, normal, long })[scale],
      database: async () => {
        const database = await server.createDatabase()
        releases.push(database.drop)
        return database
      },
      folder: async () => {
        const folder = await mkdtemp(join(tmpdir(), `bench-${name}-`))
        releases.push(() => rm(folder, { recursive: true, force: true }))
        return folder
      },
      size: text => {
        outcome.size = text
      },
      keep: (fileName, text) => {
        files[fileName] = text
      },
      onEnd: release => void releases.push(release),
      note: text => note(`  ${text}`),
    }
    note(`${name}: ${question}`)
    const startedAt = now().toISOString()
    const before = currentLoad()
    const processorBefore = await readProcessor()
    const begun = performance.now()
    try {
      outcome.results = await run(context)
    } catch (err) {
      outcome.failure = describe(err)
    }
    const seconds = Math.round((performance.now() - begun) / 1000)
    const processorAfter = await readProcessor()
    const others =
      processorBefore && processorAfter && Math.round(coresOfOthers(processorBefore, processorAfter) * 100) / 100
    for (const release of releases.reverse()) {
      try {
        await release()
      } catch (err) {
        outcome.failure ??= `cleaning up: ${describe(err)}`
      }
    }
    return {
      name,
      question,
      against,
      settings,
      startedAt,
      scale,
      ...outcome,
      seconds,
      ...(processorBefore &&
        processorAfter && { processorSeconds: Math.round(processorAfter.ours - processorBefore.ours) }),
      files,
      load: { before, after: currentLoad(), ...(others !== undefined && { others }) },
    }
  }

  try {
    for (const bench of benches) {
      const report = await runOne(bench)
      reports.push(report)
      onReport?.(report)
    }
    const machine = { ...describeMachine(), postgres: await server.version() }
    return { machine, benches: reports }
  } finally {
    await server.stop()
  }
}

/** Several runs on one machine as one report: of each bench, at each size, the last. */
export function mergeReports(reports: readonly Report[]): Report {
  const latest = new Map<string, BenchReport>()
  let postgres: string | undefined
  for (const { machine, benches } of reports) {
    postgres = machine.postgres ?? postgres
    for (const bench of benches) latest.set(`${bench.name} ${bench.size}`, bench)
  }
  const [first] = reports
  if (first === undefined) throw new RangeError('there is no report')
  return { machine: { ...first.machine, postgres }, benches: [...latest.values()] }
}

const describe = (err: unknown): string => (err instanceof Error ? (err.stack ?? err.message) : String(err))
