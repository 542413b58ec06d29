import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLogger, type Logger, type LoggerOptions } from '../logger.ts'
import { createRegistry } from '../registry.ts'
import { withRequestContext } from '../request-context.ts'
import { type FakeLoki, startFakeLoki } from '../testing/fake-loki.ts'
import { createLokiTransport } from './transport.ts'

/** Seconds of outage; without it the test sends its lines as fast as it can. */
const outageSeconds = Number(process.env.LOKI_OUTAGE_SECONDS ?? 0)
const linesPerSecond = 200

let dataDir = ''
let env = ''
let loki: FakeLoki
const loggers: Logger[] = []

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'logger-'))
  env = `test-${dataDir.slice(-6)}`
  loki = await startFakeLoki({ realLoki: process.env.LOKI_URL })
})
afterEach(async () => {
  for (const logger of loggers.splice(0)) await logger.close()
  await loki.kill()
  rmSync(dataDir, { recursive: true, force: true })
})

function start(options: Partial<LoggerOptions> = {}) {
  const register = createRegistry({ serviceName: 'vkusvill-bot', env })
  const printed: string[] = []
  const logger = createLogger({
    level: 'info',
    env,
    dataDir,
    lokiUrl: loki.url,
    spoolBytes: 10_000_000,
    register,
    output: { write: line => printed.push(line) },
    pushing: { pushTimeoutMs: 1_000, backoff: { firstMs: 5, maxMs: 50 } },
    ...options,
  })
  loggers.push(logger)
  return { ...logger, register, printed }
}

/** The logger's own reports are lines too, and hold counts of their own. */
const counts = async () =>
  (await loki.lines(env))
    .map(({ line }) => JSON.parse(line))
    .flatMap(({ event, count }) => (event === 'maintenance' ? [count] : []))
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)
const spooled = () => readdirSync(join(dataDir, 'logs', 'spool'))

test('a line reaches Loki under four labels, everything else in its JSON, and stdout as well', async () => {
  const { log, flush, printed } = start()
  const before = Date.now()

  withRequestContext({ requestId: '0123456789AB', userId: 7 }, () => log.error('http_failed', { status: 500 }))
  await flush()
  await loki.until(async () => (await loki.lines(env)).length === 1)

  const [stored] = await loki.lines(env)
  expect(stored?.labels).toMatchObject({ service_name: 'vkusvill-bot', env, level: 'error', event: 'http_failed' })
  expect(JSON.parse(stored?.line ?? '')).toEqual({
    level: 50,
    time: expect.any(Number),
    event: 'http_failed',
    request_id: '0123456789AB',
    user_id: expect.stringMatching(/^[0-9a-z]{16}$/),
    status: 500,
    msg: 'http request failed',
  })
  expect(Number((stored?.ns ?? 0n) / 1_000_000n)).toBe(JSON.parse(stored?.line ?? '').time)
  expect(Number((stored?.ns ?? 0n) / 1_000_000n)).toBeGreaterThanOrEqual(before)
  expect(printed).toEqual([`${stored?.line}\n`])
})

test(
  'Loki down under load, killed in the middle of a push, and back: every line arrives once, in order',
  async () => {
    const { log, close } = start({ flushMs: 20 })
    const total = Math.max(3000, outageSeconds * linesPerSecond)

    for (const i of upTo(total)) {
      log.info('maintenance', { task: 'load', count: i })
      if (i === Math.floor(total / 6)) loki.failure = 'cut_after'
      if (i === Math.floor(total / 3)) await loki.kill()
      if (i === Math.floor((total * 2) / 3)) {
        loki.failure = 'none'
        await loki.start()
      }
      if (outageSeconds > 0) await pause(1000 / linesPerSecond)
    }
    await close()
    start({ output: { write: () => undefined } }) // delivers what close() had no time for

    await loki.until(async () => (await counts()).length >= total)
    expect(await counts()).toEqual(upTo(total))
  },
  60_000 + outageSeconds * 2_000,
)

test('exit with a hanging Loki leaves the lines on disk, and the next start delivers them', async () => {
  loki.failure = 'hang'
  const first = start()
  for (const i of upTo(20)) first.log.info('maintenance', { count: i })

  await first.close()
  expect(spooled().length).toBeGreaterThan(0)
  loki.failure = 'none'
  start()
  await loki.until(async () => (await counts()).length === 20)

  expect(await counts()).toEqual(upTo(20))
})

test('what waits, what was sent and what was lost is in the metrics and in the log itself', async () => {
  await loki.kill()
  const { log, register, printed, flush, close } = start({ spoolBytes: 20_000 })

  for (const batch of upTo(5)) {
    for (const i of upTo(1000)) log.info('maintenance', { count: i, task: String(Math.sin(batch * 1000 + i)) })
    await flush()
  }
  await close()

  const value = async (name: string) =>
    Number(new RegExp(`^${name}.* (\\S+)$`, 'm').exec(await register.metrics())?.[1] ?? Number.NaN)
  expect(await value('bot_log_lines_lost_total\\{reason="spool_full"')).toBeGreaterThan(1000)
  expect(await value('bot_log_push_total\\{outcome="unreachable"')).toBeGreaterThan(0)
  expect(await value('bot_log_lines_sent_total')).toBe(0)
  expect(await value('bot_log_spool_bytes')).toBeGreaterThan(0)
  expect(await value('bot_log_spool_oldest_seconds')).toBeGreaterThan(0)
  const reported = printed.map(line => JSON.parse(line)).filter(({ event }) => event === 'logs_lost')
  expect(reported).toMatchObject([{ reason: 'spool_full' }, { reason: 'spool_full' }])
  // The last report is a line too, and may itself have pushed one more batch out.
  const lost = await value('bot_log_lines_lost_total\\{reason="spool_full"')
  expect(reported[0].count + reported[1].count).toBeGreaterThan(1000)
  expect(reported[0].count + reported[1].count).toBeLessThanOrEqual(lost)
})

test('when the shipping thread dies lines are counted as lost and the bot goes on', async () => {
  const { log, flush, register, printed, close } = start({ lokiUrl: 'no address' })

  log.info('maintenance', { count: 0 })
  await flush()
  log.info('maintenance', { count: 1 })
  await close()

  expect(printed.map(line => JSON.parse(line).event)).toEqual(['maintenance', 'logs_lost', 'maintenance', 'logs_lost'])
  expect(await register.metrics()).toMatch(/bot_log_lines_lost_total\{reason="worker".*\} 4/)
})

/** A process of its own that logs through the build; its first line on stdout is its `ready`. */
function spawnBot(program: string) {
  const source = `
    import { createLogger } from ${JSON.stringify(new URL('../../../dist/telemetry/logger.js', import.meta.url).href)}
    import { createRegistry } from ${JSON.stringify(new URL('../../../dist/telemetry/registry.js', import.meta.url).href)}
    const register = createRegistry({ serviceName: 'vkusvill-bot', env: ${JSON.stringify(env)} })
    const logger = createLogger({ level: 'info', env: ${JSON.stringify(env)}, dataDir: ${JSON.stringify(dataDir)},
      lokiUrl: ${JSON.stringify(loki.url)}, spoolBytes: 10_000_000, register })
    ${program}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
  const printed: string[] = []
  const lines = createInterface({ input: child.stdout })
  lines.on('line', line => printed.push(line))
  return { child, printed, line: () => once(lines, 'line'), exited: once(child, 'exit') }
}

const logTwenty = `for (let i = 0; i < 20; i++) logger.log.info('maintenance', { count: i });`

test.each([
  ['in a batch', 'await logger.flush();'],
  ['in no batch yet', ''],
])('a bot killed with -9 loses nothing that had reached the disk, %s', async (_, flush) => {
  await loki.kill()
  // what is printed was written to the disk before
  const bot = spawnBot(`${logTwenty} ${flush} logger.log.info('bot_started', {}); setInterval(() => undefined, 1000)`)
  while (!bot.printed.some(line => line.includes('bot_started'))) await bot.line()

  bot.child.kill('SIGKILL')
  await bot.exited
  await loki.start()
  start({ output: { write: () => undefined } })
  await loki.until(async () => (await loki.lines(env)).length === 21)

  expect(await counts()).toEqual(upTo(20))
  expect(bot.printed).toHaveLength(21)
})

test.each([
  [
    'SIGTERM',
    `process.on('SIGTERM', async () => { await logger.close(); process.exit(0) }); ${logTwenty}
    setInterval(() => undefined, 1000); process.kill(process.pid, 'SIGTERM')`,
    0,
  ],
  [
    'an uncaught error',
    `process.on('uncaughtException', () => process.exit(3)); ${logTwenty}
    setTimeout(() => { throw new Error('bug') }, 0)`,
    3,
  ],
  ['process.exit immediately', `${logTwenty} process.exit(4)`, 4],
])('on %s every line is on stdout and on disk, though Loki hangs', async (_how, program, code) => {
  loki.failure = 'hang'
  const bot = spawnBot(program)

  expect((await bot.exited)[0]).toBe(code)
  loki.failure = 'none'
  start()
  await loki.until(async () => (await counts()).length === 20)

  expect(await counts()).toEqual(upTo(20))
  expect(bot.printed).toHaveLength(20)
})

test('lines that the thread is too slow for are reported and bypass it, until it has caught up', async () => {
  const passed: string[] = []
  const lost: number[] = []
  const transport = createLokiTransport({
    url: loki.url,
    directory: join(dataDir, 'logs'),
    spoolBytes: 10_000_000,
    flushMs: 500,
    pushTimeoutMs: 1_000,
    backoff: { firstMs: 5, maxMs: 50 },
    labels: { service_name: 'vkusvill-bot', env },
    stdout: false,
    onStats: () => undefined,
    onLost: lines => lost.push(lines),
    fallback: { write: line => passed.push(line) },
    beforeEnd: () => undefined,
    mostInFlight: 3,
  })
  const write = (count: number) =>
    transport.write(`${JSON.stringify({ level: 30, time: Date.now(), event: 'maintenance', count })}\n`)

  for (const count of upTo(5)) write(count)
  await transport.flush()
  write(5)
  await transport.close()
  await loki.until(async () => (await counts()).length === 4)

  expect(await counts()).toEqual([0, 1, 2, 5])
  expect(passed.map(line => JSON.parse(line).count)).toEqual([3, 4])
  expect(lost).toEqual([1, 1])
})
