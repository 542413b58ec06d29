import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { FaultRequest } from '../../src/sandbox/faults.ts'
import { createTestUser, type TestUser } from '../support/bot.ts'
import { type BotProcess, spawnBot } from '../support/spawn-bot.ts'

const dist = new URL('../../dist/', import.meta.url).pathname

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
  const bot = await spawnBot(join(dist, 'main.js'), mkdtempSync(join(tmpdir(), 'cwd-')), settings)
  onTestFinished(() => void bot.child.kill('SIGKILL'))
  return bot
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
