import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'
import { type FakeLoki, startFakeLoki } from '../src/telemetry/testing/fake-loki.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { interleave, ratio, spread } from './measure.ts'
import { startEnvironment, startOptions } from './start-options.ts'
import { isLinesAnswer, type LineCost, type LinesAnswer, type LinesJob } from './telemetry-job.ts'
import { createUpdateMeasurement } from './telemetry-update.ts'

const sustained = 5_000

export const telemetryBench: Bench = {
  name: 'telemetry',
  question: 'What do log lines and metrics cost the thread that answers users, and does Loki get every line?',
  against:
    'pino writing JSON to standard output alone or to a file (nothing shipped, nothing masked), and winston with its console and winston-loki, which ships from the main thread',
  settings: [
    'Each run is a process of its own that writes 2,000 lines a second, 20 every 10 ms; its standard output is a pipe that is read, its Loki a fake in this process that checks every push. All run with the options of `npm start`.',
    'The cost of a line is processor time, sending included, less what the same time costs without lines: of the main thread alone (schedstat of Linux), and beside it of the whole process.',
    'Lines are tool_call and llm_usage in turn, with request_id and user_id; ours are masked, checked against the catalogue, and on disk before they are sent.',
    'Metrics of one update: what a message with two model calls, three tools and a cart counts, exemplars included.',
  ],
  explained: [
    'A line costs the whole process more than pino to a file because it goes three ways: to standard output, to a file until it is batched, and as JSON in a compressed batch, which has a file and an fsync of its own, to Loki. Of 24 µs the main thread takes 5 to 8, no more than pino does, the thread that ships 11, collecting garbage and compiling in V8’s own threads 5. Of the 11, warm: labels and times of the lines 0.4, their streams 0.4, the JSON of a batch 0.5, its bytes 0.25, compression 0.4 (level 1; Huffman alone takes 2), the file of a batch with its fsync about 1, the rest HTTP, standard output and the journal in the kernel. In a process that has just started, as here, the same functions take twice the time, since few batches have passed them. Handing lines over every 50 ms instead of every 20 had made a line cheaper by a fifth; now it is every 80 ms, since a killed process may lose a tenth of a second. Runs in turns, 2026-11-27, load 10 to 16: as `npm start` runs it 1.56 × pino to a file, where Node’s defaults give 1.88, since helpers of V8 collect the garbage of both threads; handing over every 100 ms and shipping once a second 1.38; shipping once a second alone 1.62, a young generation of 3 instead of 12 MB in the thread 1.78: neither can be separated from the spread of the rounds. On an idle, faster machine the ratio is higher: single runs minutes apart gave for ours 19.1 to 29.2 µs and for pino to a file 7.2 to 11.8, with the options of `npm start` and with Node’s own, 1.86 to 3.7 ×; they do not show which option is cheaper.',
    'Without a thread, all of it in the main one, a line took 1.40 × pino to a file (where the thread takes 1.88) and the 7 MB of the thread would be saved; but of the main thread it took 10 instead of 6.2 µs, 1.4 × pino, and the flush of a file to disk stopped the bot: left so.',
  ],
  run,
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  return [
    ...(await costOfLine(context)),
    ...(await sustainedLines(context)),
    await exitWithHangingLoki(context),
    await metricsOfUpdate(context),
    await renderedScrape(context),
  ]
}

async function costOfLine(context: BenchContext): Promise<BenchResult[]> {
  const loki = await openLoki(context)
  // long enough that what the warm-up leaves to compile and collect, in the time without lines, weighs little
  const lines = context.at({ quick: 200, normal: 8_000 })
  const settleMs = context.at({ quick: 50, normal: 700 })
  const write = (contender: LinesJob['contender']) => async (): Promise<LineCost> => {
    const job = { contender, lokiUrl: loki.url, folder: await context.folder(), lines, settleMs }
    const { mainThread, process } = await writeLines({ ...job, linesPerSecond: 2_000, tickMs: 10 })
    return { mainThread: mainThread / 1000, process: process / 1000 }
  }
  context.note('a log line')
  const samples = await interleave(
    { ours: write('ours'), file: write('pino to a file'), pino: write('pino'), winston: write('winston-loki') },
    Math.min(context.rounds, 3),
    { warmUp: false },
  )
  const of = (who: keyof typeof samples, what: keyof LineCost) => samples[who].map(cost => cost[what])
  const row = (who: keyof typeof samples, what: string, rest: Partial<BenchResult> = {}): BenchResult => ({
    ...{ what, unit: 'µs of the main thread', value: spread(of(who, 'mainThread')) },
    processor: { value: spread(of(who, 'process')), unit: 'µs' },
    ...rest,
  })
  const mainThread = (to: keyof typeof samples) => ratio(of('ours', 'mainThread'), of(to, 'mainThread'))
  const whole = ratio(of('ours', 'process'), of('file', 'process'))
  const [toPino, toWinston] = [mainThread('pino'), mainThread('winston')]
  return [
    row('ours', 'log line, ours with Loki', {
      ratios: [{ to: 'pino', value: toPino }],
      target: { text: 'at most 1.1 × pino to standard output', met: toPino.median <= 1.1 },
    }),
    row('ours', 'log line, ours with Loki', {
      ratios: [{ to: 'winston-loki', value: toWinston }],
      target: { text: 'at most 0.5 × winston-loki', met: toWinston.median <= 0.5 },
    }),
    {
      what: 'log line, ours with Loki and standard output, whole process',
      unit: 'µs of processor time',
      value: spread(of('ours', 'process')),
      ratios: [
        { to: 'pino to a file', value: whole },
        { to: 'pino to standard output', value: ratio(of('ours', 'process'), of('pino', 'process')) },
        { to: 'winston-loki', value: ratio(of('ours', 'process'), of('winston', 'process')) },
      ],
      target: { text: 'at most 1.5 × pino to a file', met: whole.median <= 1.5 },
    },
    row('file', 'log line, pino to a file'),
    row('pino', 'log line, pino to standard output'),
    row('winston', 'log line, winston-loki'),
  ]
}

async function sustainedLines(context: BenchContext): Promise<BenchResult[]> {
  const lines = context.at({ quick: 500, normal: sustained * 4, long: sustained * 60 })
  const rates: number[] = []
  let stored = 0
  let different = 0
  for (let round = 0; round < Math.min(2, context.rounds); round++) {
    const loki = await openLoki(context)
    const job = { contender: 'ours' as const, lokiUrl: loki.url, folder: await context.folder(), lines, settleMs: 500 }
    const { linesPerSecond } = await writeLines({ ...job, linesPerSecond: sustained, tickMs: 20 })
    rates.push(linesPerSecond)
    const arrived = await loki.lines('bench')
    stored += arrived.length
    different += new Set(arrived.map(({ labels, ns }) => `${JSON.stringify(labels)} ${ns}`)).size
  }
  const written = (lines + Math.min(lines, 2_000)) * rates.length
  return [
    {
      what: 'lines a second, kept up',
      unit: 'lines/s',
      value: spread(rates),
      remark: `${stored} of ${written} lines in Loki, ${stored - different} of them twice`,
      target: {
        text: '5,000 a second and nothing lost',
        met: stored === written && different === stored && Math.min(...rates) >= sustained * 0.98,
      },
    },
  ]
}

async function exitWithHangingLoki(context: BenchContext): Promise<BenchResult> {
  const seconds: number[] = []
  for (let round = 0; round < context.rounds; round++) {
    const loki = await openLoki(context)
    loki.failure = 'hang'
    const job = { contender: 'ours' as const, lokiUrl: loki.url, folder: await context.folder(), lines: 2_000 }
    seconds.push((await writeLines({ ...job, linesPerSecond: 2_000, tickMs: 10, settleMs: 300 })).exitSeconds)
  }
  return {
    what: 'exit while Loki hangs',
    unit: 's',
    value: spread(seconds),
    target: { text: 'under 1 s', met: Math.max(...seconds) < 1 },
  }
}

async function metricsOfUpdate(context: BenchContext): Promise<BenchResult> {
  const measure = createUpdateMeasurement(context.at({ quick: 100, normal: 20_000 }))
  const samples = await interleave({ update: async () => measure() }, context.rounds)
  return {
    what: 'all metrics of one update',
    unit: 'µs',
    value: spread(samples.update),
    target: { text: 'under 50 µs', met: spread(samples.update).median < 50 },
  }
}

async function renderedScrape(context: BenchContext): Promise<BenchResult> {
  const { url } = await context.database()
  const settings = { DATABASE_URL: url, DATA_DIR: await context.folder(), HTTP_PORT: '0', METRICS_PORT: '0' }
  const app = await startApp(loadConfig({ ...settings, LOG_LEVEL: 'error', NODE_ENV: 'test' }))
  context.onEnd(() => app.stop('bench'))
  const scrape = async () => {
    const begun = performance.now()
    const response = await fetch(app.addresses.metrics, { headers: { accept: 'application/openmetrics-text' } })
    const text = await response.text()
    return { ms: performance.now() - begun, series: text.split('\n').filter(line => !/^(#|$)/.test(line)).length }
  }
  for (let warm = 0; warm < 20; warm++) await scrape()
  const scrapes = []
  for (let count = context.at({ quick: 5, normal: 50 }); count > 0; count--) scrapes.push(await scrape())
  const value = spread(scrapes.map(({ ms }) => ms))
  return {
    what: '/metrics of a started bot',
    unit: 'ms',
    value,
    remark: `${scrapes[0]?.series ?? 0} series, over HTTP, with the readiness checks it asks`,
    target: { text: 'under 20 ms', met: value.median < 20 },
  }
}

async function openLoki(context: BenchContext): Promise<FakeLoki> {
  const loki = await startFakeLoki()
  context.onEnd(loki.kill)
  return loki
}

type Written = Extract<LinesAnswer, { kind: 'written' }> & {
  /** From the end of writing to the end of the process. */
  exitSeconds: number
}

/** Has a process of its own write lines. Rejects when it fails. */
async function writeLines(job: LinesJob): Promise<Written> {
  const file = fileURLToPath(new URL('./telemetry-lines.js', import.meta.url))
  const child = fork(file, {
    env: { ...process.env, ...startEnvironment },
    execArgv: startOptions,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  child.stdout?.resume()
  const exited = once(child, 'exit')
  return new Promise((resolve, reject) => {
    let written: Extract<LinesAnswer, { kind: 'written' }> | undefined
    let at = 0
    child.on('message', (message: unknown) => {
      if (!isLinesAnswer(message)) return
      if (message.kind === 'ready') child.send(job)
      else [written, at] = [message, performance.now()]
    })
    exited.then(([code]) => {
      if (written === undefined || code !== 0) reject(new Error(`${job.contender} ended with ${code}`))
      else resolve({ ...written, exitSeconds: (performance.now() - at) / 1000 })
    }, reject)
  })
}
