import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Logger, pino } from 'pino'
import winston from 'winston'
import LokiTransport from 'winston-loki'
import { createLogger, serviceName } from '../src/telemetry/logger.ts'
import { createRegistry } from '../src/telemetry/registry.ts'
import { withRequestContext } from '../src/telemetry/request-context.ts'
import { isLinesJob, type LineCost, type LinesAnswer, type LinesJob } from './telemetry-job.ts'

/*
 * A process that only writes log lines, at an even pace, as the bot does: its standard output and its Loki are its
 * parent's. Answers by message; ends on request, or after a job that asks for it.
 */

interface Writer {
  write(line: number): void
  finish(): Promise<void>
}

const env = 'bench'
const requestId = 'ABCDEFGHJKMN'
const userId = 7
const toolCall = { tool: 'vkusvill_products_search', outcome: 'ok', cached: false, duration_ms: 412 }
const usage = {
  user_id: userId,
  call_number: 2,
  model: 'GigaChat-2-Max',
  prompt_tokens: 2310,
  completion_tokens: 144,
  precached_tokens: 1800,
  billable_tokens: 2454,
  response_time_ms: 1874,
  function_name: 'vkusvill_products_search',
  cost_rub: 1.5951,
}
const known = { request_id: requestId, user_id: userId }

const writers: Record<LinesJob['contender'], (job: LinesJob) => Writer> = {
  ours: ({ lokiUrl, folder }) => {
    const logger = createLogger({
      level: 'info',
      env,
      dataDir: folder,
      lokiUrl,
      spoolBytes: 256 * 1024 * 1024,
      register: createRegistry({ serviceName, env }),
    })
    return {
      write: line =>
        withRequestContext({ requestId, userId }, () => {
          if (line % 2 === 0) logger.log.info('tool_call', toolCall)
          else logger.log.info('llm_usage', usage)
        }),
      finish: logger.close,
    }
  },
  pino: () => pinoWriter(pino({ base: null })),
  'pino to a file': ({ folder }) => pinoWriter(pino({ base: null }, pino.destination(join(folder, 'lines.log')))),
  'winston-loki': winstonWriter,
}

const pinoWriter = (logger: Logger): Writer => ({
  write: line => {
    if (line % 2 === 0) logger.info({ event: 'tool_call', ...known, ...toolCall }, 'tool called')
    else logger.info({ event: 'llm_usage', ...known, ...usage }, 'model call')
  },
  finish: async () => undefined,
})

function winstonWriter({ lokiUrl }: LinesJob): Writer {
  const labels = { service_name: serviceName, env }
  const loki = new LokiTransport({ host: lokiUrl, labels, json: true, interval: 1, onConnectionError: reportError })
  const transports = [new winston.transports.Console(), loki]
  const logger = winston.createLogger({ transports, format: winston.format.json() })
  return {
    write: line => {
      if (line % 2 === 0)
        logger.info('tool called', { labels: { event: 'tool_call', level: 'info' }, ...known, ...toolCall })
      else logger.info('model call', { labels: { event: 'llm_usage', level: 'info' }, ...known, ...usage })
    },
    finish: async () => {
      await loki.flush()
    },
  }
}

function reportError(err: unknown): void {
  console.error('winston-loki:', err)
}

async function paced(job: LinesJob, write: (line: number) => void): Promise<void> {
  const begun = performance.now()
  const perTick = Math.ceil((job.linesPerSecond * job.tickMs) / 1000)
  for (let line = 0, tick = 1; line < job.lines; tick++) {
    for (const end = Math.min(job.lines, line + perTick); line < end; line++) write(line)
    await sleep(Math.max(0, begun + tick * job.tickMs - performance.now()))
  }
}

/** Nanoseconds on a processor so far: of this thread and no other (Linux only), and of all threads of this process. */
function processorTimes(): LineCost {
  const { user, system } = process.cpuUsage()
  return {
    mainThread: Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]),
    process: (user + system) * 1000,
  }
}

async function run(job: LinesJob): Promise<void> {
  const writer = writers[job.contender](job)
  await paced({ ...job, lines: Math.min(job.lines, 2_000) }, writer.write) // warms up the compiler
  await sleep(job.settleMs)
  const idleFrom = processorTimes()
  await paced(job, () => undefined)
  await sleep(job.settleMs)
  const busyFrom = processorTimes()
  const begun = performance.now()
  await paced(job, writer.write)
  const seconds = (performance.now() - begun) / 1000
  await sleep(job.settleMs) // until the batches are sent
  const end = processorTimes()
  const perLine = (of: keyof LineCost) => (end[of] - busyFrom[of] - (busyFrom[of] - idleFrom[of])) / job.lines
  const linesPerSecond = job.lines / seconds
  answer({ kind: 'written', linesPerSecond, mainThread: perLine('mainThread'), process: perLine('process') })
  await writer.finish()
  process.exit(0)
}

function answer(message: LinesAnswer): void {
  process.send?.(message)
}

process.on('message', (message: unknown) => {
  if (isLinesJob(message)) void run(message)
})
answer({ kind: 'ready' })
