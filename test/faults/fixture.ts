import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { startOptions } from '../../bench/start-options.ts'
import type { FaultRequest } from '../../src/sandbox/faults.ts'
import { createTestUser, type TestUser } from '../support/bot.ts'
import { freePort } from '../support/programs.ts'

const dist = new URL('../../dist/', import.meta.url).pathname

/** The bot as a process of its own. */
export interface BotProcess {
  child: ChildProcess
  metricsUrl: string
  publicUrl: string
  exit: Promise<number | null>
  /** Everything it has written. */
  output(): string
  /** Resolves when it takes updates; rejects when it ends before. */
  started(): Promise<void>
  /** `kill -9`. */
  kill(): Promise<void>
  metrics(): Promise<string>
}

/** The services around the bot, each outside its process, and the settings that lead there. */
export interface Fixture {
  url: string
  settings: Record<string, string>
  dataDir: string
  /** Every bot that was started, dead or alive, with the folder it was given. */
  bots: { process: BotProcess; dataDir: string }[]
  user(userId: number): TestUser
  fault(fault: { service: FaultRequest['service']; mode: FaultRequest['mode'] } & Partial<FaultRequest>): Promise<void>
  heal(): Promise<void>
  bot(settings?: Record<string, string>): Promise<BotProcess>
}

/** Starts the fakes as `npm run sandbox` does, Telegram's limits only when wanted. They outlive every bot of the test. */
export async function startFixture(settings: Record<string, string>, { limits = false } = {}): Promise<Fixture> {
  const args = [join(dist, 'cli/main.js'), 'sandbox', ...(limits ? [] : ['--no-limits'])]
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '', SANDBOX_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  while (!/^MCP_REQUESTS_PER_SECOND=.*\n/m.test(output) || !/^ADMIN_USER_IDS=.*\n/m.test(output)) {
    const [chunk] = await once(child.stdout, 'data')
    output += String(chunk)
  }
  const fakes = Object.fromEntries(output.split('\n').flatMap(line => (line.includes('=') ? [pair(line)] : [])))
  const url = fakes.TELEGRAM_API_URL ?? ''
  const dataDir = mkdtempSync(join(tmpdir(), 'faults-'))
  const fixture: Fixture = {
    url,
    dataDir,
    bots: [],
    settings: {
      ...fakes,
      DATA_DIR: dataDir,
      MCP_REQUESTS_PER_SECOND: '1000',
      LLM_USER_BUDGET_RUB: '10000000',
      CART_LIMIT: '10000',
      NODE_ENV: 'test',
      ...settings,
    },
    user: userId => createTestUser(url, userId),
    fault: fault => post(`${url}/sandbox/faults`, fault),
    heal: async () => {
      for (const service of ['telegram', 'gigachat', 'shop'] as const) await fixture.fault({ service, mode: 'none' })
    },
    bot: async more => {
      const given: Record<string, string> = { ...fixture.settings, ...more }
      const process = await runBot(given)
      fixture.bots.push({ process, dataDir: given.DATA_DIR ?? dataDir })
      return process
    },
  }
  return fixture
}

async function runBot(settings: Record<string, string>): Promise<BotProcess> {
  const [metricsPort, httpPort] = [
    settings.METRICS_PORT ?? (await freePort()),
    settings.HTTP_PORT ?? (await freePort()),
  ]
  const child = spawn(process.execPath, [...startOptions, join(dist, 'main.js')], {
    cwd: mkdtempSync(join(tmpdir(), 'cwd-')),
    env: {
      PATH: process.env.PATH ?? '',
      MESSAGES_TOGETHER_MS: '0',
      ...settings,
      METRICS_PORT: `${metricsPort}`,
      HTTP_PORT: `${httpPort}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const chunks: string[] = []
  let hasStarted = false
  const watchers: (() => void)[] = []
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      chunks.push(String(chunk))
      hasStarted ||= String(chunk).includes('"bot_started"')
      if (hasStarted) for (const look of watchers.splice(0)) look()
    })
  }
  const exit = once(child, 'exit').then(([code]) => code as number | null)
  const metricsUrl = `http://127.0.0.1:${metricsPort}`
  return {
    child,
    metricsUrl,
    publicUrl: `http://127.0.0.1:${httpPort}`,
    exit,
    output: () => chunks.join(''),
    started: () =>
      Promise.race([
        new Promise<void>(resolve => {
          if (hasStarted) resolve()
          else watchers.push(resolve)
        }),
        exit.then(code => {
          throw new Error(`the bot ended with ${code}:\n${chunks.join('')}`)
        }),
      ]),
    kill: async () => {
      child.kill('SIGKILL')
      await exit
    },
    metrics: async () => (await fetch(`${metricsUrl}/metrics`)).text(),
  }
}

export async function post(url: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
}

const pair = (line: string): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Real time: the faults of this suite happen to real processes. */
export const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/** Looks until `holds` gives something; throws what it was still missing when the time is over. */
export async function until<T>(
  what: string,
  holds: () => Promise<T | undefined | false>,
  timeoutMs = 120_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const found = await holds()
    if (found !== undefined && found !== false) return found
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await pause(50)
  }
}
