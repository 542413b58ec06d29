import type { BenchContext, BenchDatabase } from './bench.ts'
import { firstUser, startFixture } from './fixture.ts'
import { readServerCost, usedBetween } from './server-cost.ts'

/** What one message with a cart costs, on average. */
export interface MessageCost {
  /** Seconds of processor time. */
  botSeconds: number
  /** The same of PostgreSQL, with the aggregator's part. */
  serverSeconds: number
  walBytes: number
  /** All that PostgreSQL stores of it until its events are dropped: tables and indexes. */
  diskBytes: number
  /** Bytes of log pushed to Loki, compressed. */
  logBytes: number
  events: number
  modelCalls: number
  tokens: number
  rub: number
  shopCalls: number
  telegramCalls: number
  /** Of those what Telegram counts as a message: sent or changed. */
  telegramMessages: number
}

export const costSettings = {
  modelMs: 2_000,
  users: 400,
  concurrency: 100,
}

const COUNTS = `
select (select count(*) from user_events)::int as events, pg_database_size(current_database())::float8 as bytes,
  (select coalesce(sum(tokens_used), 0) from daily_stats)::int as tokens,
  (select coalesce(sum(tokens_cost_rub), 0) from daily_stats)::float8 as rub`

/** Plays `messages` messages, after as many that warm up, and divides what everything spent by their number. */
export async function measureMessageCost(context: BenchContext, messages: number): Promise<MessageCost> {
  const { modelMs, users, concurrency } = costSettings
  const { bot, fakes, database } = await startFixture(context, {
    telemetry: 'on',
    intake: 'webhook',
    latencyMs: modelMs,
    concurrency,
    users,
  })
  const talk = () => fakes.call('talk', { users: [firstUser, firstUser + users - 1], messages, concurrency })
  const spent = async () => ({
    cpu: await bot.call('cpu'),
    calls: await fakes.call('calls'),
    server: await readServerCost(database),
  })
  await talk()
  const before = { ...(await counts(database)), ...(await spent()) }
  const done = (await talk()).length
  const after = { ...(await spent()), ...(await counts(database)) }
  const { cpuUs, walBytes } = usedBetween(before.server, after.server)
  const each = (of: (reading: typeof after) => number) => (of(after) - of(before)) / done
  return {
    botSeconds: each(({ cpu }) => cpu) / 1e6,
    serverSeconds: cpuUs / 1e6 / done,
    walBytes: walBytes / done,
    diskBytes: each(({ bytes }) => bytes),
    logBytes: each(({ calls }) => calls.logBytes),
    events: each(({ events }) => events),
    modelCalls: each(({ calls }) => calls.model),
    tokens: each(({ tokens }) => tokens),
    rub: each(({ rub }) => rub),
    shopCalls: each(({ calls }) => calls.shop),
    telegramCalls: each(({ calls }) => calls.telegram),
    telegramMessages: each(({ calls }) => calls.telegramMessages),
  }
}

async function counts({ sql }: BenchDatabase) {
  // so that the free space of pages is used, and the size is what is needed
  await sql('vacuum')
  const [row] = await sql<{ events: number; bytes: number; tokens: number; rub: number }>(COUNTS)
  if (row === undefined) throw new TypeError('a query without from answers with one row')
  return row
}
