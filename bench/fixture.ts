import { once } from 'node:events'
import { createServer } from 'node:net'
import { sandboxToken } from '../src/sandbox/sandbox.ts'
import { consentVersion } from '../src/telegram/privacy/policy.ts'
import type { BenchContext, BenchDatabase } from './bench.ts'
import type { BenchBot } from './bot-process.ts'
import type { Fakes } from './fakes-process.ts'
import { type Remote, startRemote } from './remote.ts'
import { startEnvironment, startOptions } from './start-options.ts'

/** The whole bot in a process of its own, and the services around it in another. */
export interface BenchFixture {
  bot: Remote<BenchBot>
  fakes: Remote<Fakes>
  database: BenchDatabase
}

export interface FixtureOptions {
  /** With `off` there is no logger and no metric counts. */
  telemetry: 'on' | 'off'
  /** With `off` Telegram keeps updates until they are answered. */
  inbox?: 'on' | 'off'
  intake: 'polling' | 'webhook'
  /** How long the bot waits for another message of the same user, in milliseconds. */
  togetherMs?: number
  /** How long the model takes. */
  latencyMs: number
  /** Calls of the model at the same time. */
  concurrency: number
  /** Number of users who have given every consent: ids from 100 on. */
  users: number
}

export const firstUser = 100

const ADD_USERS = `
insert into users (user_id, registered_at, started_at, cart_limit, consent_version, consent_at, consent_method)
select n, now(), now(), 100000, $3, now(), 'button' from generate_series($1::bigint, $2::bigint) n`

/** Starts both processes with an own database, the bot as `npm start` does; they end with the bench. */
export async function startFixture(context: BenchContext, options: FixtureOptions): Promise<BenchFixture> {
  const database = await context.database()
  await database.sql(ADD_USERS, [firstUser, firstUser + options.users - 1, consentVersion])
  const fakes = await startRemote<Fakes>('./fakes-process.js', {
    GIGACHAT_LATENCY_MS: String(options.latencyMs),
  })
  context.onEnd(() => fakes.stop())
  const url = await fakes.call('url')
  const httpPort = await freePort()
  const environment = {
    ...startEnvironment,
    NODE_ENV: 'test',
    BENCH_TELEMETRY: options.telemetry,
    BENCH_INBOX: options.inbox ?? 'on',
    LOG_LEVEL: options.telemetry === 'on' ? 'info' : 'error',
    ...(options.telemetry === 'on' ? { LOKI_URL: url } : {}),
    ...(options.intake === 'webhook'
      ? { WEBHOOK_URL: `http://127.0.0.1:${httpPort}/telegram`, WEBHOOK_SECRET: 'a-secret-of-the-bench' }
      : {}),
    BOT_TOKEN: sandboxToken,
    TELEGRAM_API_URL: url,
    GIGACHAT_AUTH_URL: `${url}/gigachat/api/v2/oauth`,
    GIGACHAT_API_URL: `${url}/gigachat/api/v1`,
    GIGACHAT_CREDENTIALS: Buffer.from('bench:bench').toString('base64'),
    GIGACHAT_SCOPE: 'GIGACHAT_API_CORP',
    GIGACHAT_CONCURRENCY: String(options.concurrency),
    MCP_URL: `${url}/mcp`,
    MCP_REQUESTS_PER_SECOND: '1000',
    TELEGRAM_MESSAGES_PER_SECOND: '0',
    LLM_USER_BUDGET_RUB: '10000000',
    DATABASE_URL: database.url,
    DATA_DIR: await context.folder(),
    HTTP_PORT: String(httpPort),
    METRICS_PORT: '0',
    CART_LIMIT: '10000',
    ...(options.togetherMs === undefined ? {} : { MESSAGES_TOGETHER_MS: String(options.togetherMs) }),
  }
  const bot = await startRemote<BenchBot>('./bot-process.js', environment, [...startOptions, '--expose-gc'])
  context.onEnd(() => bot.stop())
  return { bot, fakes, database }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}
