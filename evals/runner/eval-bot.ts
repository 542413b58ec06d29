import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { startApp } from '../../src/app.ts'
import type { ChatModel } from '../../src/assistant/model/chat-model.ts'
import { loadConfig } from '../../src/config.ts'
import { openEmbeddedPostgres } from '../../src/db/embedded-postgres.ts'
import { createTeardown } from '../../src/process/teardown.ts'
import { createSandbox } from '../../src/sandbox/sandbox.ts'
import { type Log, silentLog } from '../../src/telemetry/log.ts'
import type { LogEvent, LogFields } from '../../src/telemetry/log-catalogue.ts'
import { requestContext } from '../../src/telemetry/request-context.ts'
import { createModelWatch, type ModelTurn } from './watched-model.ts'

/** A Tuesday, before the dates on which offers of the fake shop end. */
const startOfTime = Date.parse('2026-11-24T09:00:00Z')
const answerTimeoutMs = 180_000

/** What the model calls of some messages cost. */
export interface Spent {
  tokens: number
  costRub: number
}

export interface EvalBotOptions {
  /** Settings in place of those of the sandbox: a real model, a variant of the prompt. */
  settings?: Record<string, string>
  /** Answers in place of the model that the settings name. */
  chat?: ChatModel | undefined
  /** Stands between the bot and its model. */
  wrapModel?: (model: ChatModel) => ChatModel
  /** An empty database; without it an embedded one is made and removed. */
  databaseUrl?: string
}

export type EvalBot = Awaited<ReturnType<typeof startEvalBot>>

/**
 * The production bot in this process, with the fakes of Telegram and the shop around it, on a clock of its own that can be
 * set forward. Throws StartupError or ConfigError.
 */
export async function startEvalBot({
  settings = {},
  chat,
  wrapModel = model => model,
  databaseUrl,
}: EvalBotOptions = {}) {
  const teardown = createTeardown()
  try {
    const dataDir = await mkdtemp(join(tmpdir(), 'evals-'))
    teardown.add(() => rm(dataDir, { recursive: true, force: true }))
    const url = databaseUrl ?? (await openDatabase(dataDir))
    const clock = createClock()
    const log = createAnswerLog()
    const model = createModelWatch()

    const sandbox = createSandbox({ log: silentLog, now: clock.now, shopCallsPerMinute: 100_000 })
    const fakes = await sandbox.listen(0)
    teardown.add(() => fakes.close())
    const app = await startApp(
      loadConfig({
        ...fakes.settings(),
        MCP_REQUESTS_PER_SECOND: '200', // the fake has no pace to keep to
        LLM_USER_BUDGET_RUB: '100000',
        MESSAGES_TOGETHER_MS: '0',
        NODE_ENV: 'test',
        DATABASE_URL: url,
        DATA_DIR: join(dataDir, 'data'),
        HTTP_PORT: '0',
        METRICS_PORT: '0',
        ...settings,
      }),
      {
        now: clock.now,
        elapsedMs: clock.elapsedMs,
        log: log.log,
        watchModel: answering => model.watch(wrapModel(answering)),
        ...(chat !== undefined && { chat }),
      },
    )
    teardown.add(() => app.stop('the evaluation is over'))
    const pool = new pg.Pool({ connectionString: url, max: 2 })
    pool.on('error', () => undefined)
    teardown.add(() => pool.end())
    const sql = async <Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> =>
      (await pool.query<Row>(text, values)).rows
    await sql(
      `select ensure_event_partitions($1::timestamptz - interval '1 month', $1::timestamptz + interval '1 month')`,
      [new Date(startOfTime)],
    )
    const { act } = sandbox.telegram

    return {
      sql,
      faults: sandbox.faults,
      setForward: clock.setForward,
      takeTurns: (): ModelTurn[] => model.drain(),
      takeSpent: log.drain,
      messages: act.messages,
      /** Lets the user act, and waits until the bot has dealt with all updates that `action` makes. Returns its result. */
      async handled<T>(userId: number, updates: number, action: () => T): Promise<T> {
        const done = log.whenHandled(userId, updates)
        const result = action()
        await done
        return result
      },
      act,
      stop: () => teardown.run(),
    }

    async function openDatabase(dir: string): Promise<string> {
      const server = await openEmbeddedPostgres(dir, { settings: { fsync: 'off' } })
      teardown.add(() => server.stop())
      return server.url
    }
  } catch (err) {
    await teardown.run().catch(() => undefined) // what failed first is what must be read
    throw err
  }
}

/** Runs at the pace of the machine's clock. */
function createClock() {
  let ahead = startOfTime - Date.now()
  return {
    now: () => new Date(Date.now() + ahead),
    elapsedMs: () => Date.now() + ahead,
    setForward: (ms: number) => {
      ahead += ms
    },
  }
}

/** Takes the bot's log lines: counts updates handled by user, and what model calls cost. */
function createAnswerLog() {
  const handled = new Map<number, number>()
  const waiting = new Set<() => void>()
  let spent: Spent = { tokens: 0, costRub: 0 }
  const info = <E extends LogEvent>(event: E, fields: LogFields<E>) => {
    if (event === 'update_handled') {
      const userId = requestContext()?.userId ?? 0
      handled.set(userId, (handled.get(userId) ?? 0) + 1)
      for (const check of waiting) check()
    }
    if (event === 'llm_usage') {
      const { billable_tokens = 0, cost_rub = 0 } = fields as LogFields<'llm_usage'>
      spent = { tokens: spent.tokens + billable_tokens, costRub: spent.costRub + cost_rub }
    }
  }
  const log: Log = { ...silentLog, info }
  return {
    log,
    drain(): Spent {
      const taken = spent
      spent = { tokens: 0, costRub: 0 }
      return taken
    },
    /** Resolves after that many more updates of the user; rejects when they take too long. */
    whenHandled(userId: number, updates: number): Promise<void> {
      const target = (handled.get(userId) ?? 0) + updates
      return new Promise((resolve, reject) => {
        const end = (settle: () => void) => {
          clearTimeout(timer)
          waiting.delete(check)
          settle()
        }
        const check = () => void ((handled.get(userId) ?? 0) >= target && end(resolve))
        const timer = setTimeout(
          () => end(() => reject(new Error(`the bot has not answered within ${answerTimeoutMs / 1000} s`))),
          answerTimeoutMs,
        )
        waiting.add(check)
      })
    },
  }
}
