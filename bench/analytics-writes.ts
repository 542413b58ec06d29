import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { usersPerTransaction } from '../src/analytics/analytics-store.ts'
import { createDb } from '../src/db/db.ts'
import { type Batch, createEventStore } from '../src/events/event-store.ts'
import type { Fact } from '../src/events/facts.ts'
import { createRegistry } from '../src/telemetry/registry.ts'
import { timeZone } from './analytics-questions.ts'
import type { BenchContext, BenchResult } from './bench.ts'
import { interleave, ratio, spread } from './measure.ts'
import { measureBackend } from './server-cost.ts'

const users = 20_000
const REFRESH = `select refresh_rollups($1, current_date, ${usersPerTransaction}) as users`

/**
 * Facts stored in batches as they are, the same without marks and usage per user, and the same while the aggregator
 * counts without a pause; and how fast it counts.
 */
export async function measureWrites(context: BenchContext): Promise<BenchResult[]> {
  const size = context.at({ quick: 20, normal: 500 })
  const batches = context.at({ quick: 2, normal: 20 })
  const { url, sql } = await context.database()
  const db = createDb({ url, register: createRegistry({ serviceName: 'bench', env: 'test' }), timeoutMs: 60_000 })
  context.onEnd(() => db.close())
  const counter = new pg.Client({ connectionString: url })
  await counter.connect()
  context.onEnd(() => counter.end())
  const { rows } = await counter.query<{ pid: number }>('select pg_backend_pid() as pid')
  const pid = rows[0]?.pid ?? 0
  const store = createEventStore({
    db,
    settings: { timeZone, cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
    idHash: id => id.toString(16).padStart(64, '0'),
  })
  const definitions = await sql<{ text: string }>(
    `select pg_get_functiondef(oid) as text from pg_proc where proname in ('mark_days', 'add_usage', 'insert_events')`,
  )
  const whole = definitions.map(({ text }) => text).join(';\n')
  const bare = whole.replaceAll(
    /insert into (?:dirty_days|user_usage)[^;]*;/g,
    () => 'delete from applied_batches where false;',
  )
  if (bare === whole) throw new Error('the functions that mark days are not as this bench expects')

  const storeSome = async () => {
    const begun = performance.now()
    for (let i = 0; i < batches; i++) await store.apply(randomBatch(size))
    return (size * batches * 1000) / (performance.now() - begun)
  }
  const count = async (): Promise<number> => {
    let taken = 0
    for (let some = 1; some > 0; taken += some) {
      some = (await counter.query<{ users: number }>(REFRESH, [timeZone])).rows[0]?.users ?? 0
    }
    return taken
  }
  const counted: { perSecond: number; usEach: number }[] = []
  const samples = await interleave(
    {
      without: async () => {
        await sql(bare)
        return storeSome()
      },
      marked: async () => {
        await sql(whole)
        const rate = await storeSome()
        const begun = performance.now()
        let days = 0
        const us = await measureBackend(pid, async () => {
          days = await count()
        })
        counted.push({ perSecond: (days * 1000) / (performance.now() - begun), usEach: us / days })
        return rate
      },
      counting: async () => {
        let going = true
        const background = (async () => {
          while (going) await count()
        })()
        const rate = await storeSome()
        going = false
        await background
        return rate
      },
    },
    context.rounds,
  )
  const perDay = spread(counted.slice(1).map(({ perSecond }) => 1000 / perSecond))
  const cost = ratio(samples.counting, samples.without)
  return [
    { what: `facts stored without totals, batches of ${size}`, unit: 'facts/s', value: spread(samples.without) },
    {
      what: 'facts stored with marks for the totals',
      unit: 'facts/s',
      value: spread(samples.marked),
      ratios: [{ to: 'without totals', value: ratio(samples.marked, samples.without) }],
    },
    {
      what: 'facts stored while the aggregator counts without a pause',
      unit: 'facts/s',
      value: spread(samples.counting),
      ratios: [{ to: 'without totals', value: cost }],
      target: { text: 'at least 0.7 × without totals', met: cost.median >= 0.7 },
    },
    {
      what: 'a day of a user counted',
      unit: 'ms',
      value: perDay,
      processor: { value: spread(counted.slice(1).map(({ usEach }) => usEach)), unit: 'µs' },
      remark: `${Math.round(1000 / perDay.median).toLocaleString('en-US')} a second`,
      target: { text: 'at most 0.1 ms', met: perDay.median <= 0.1 },
    },
  ]
}

function randomBatch(size: number): Batch {
  const at = new Date()
  const facts = Array.from({ length: size }, (_, i): Fact => {
    const userId = 1 + Math.floor(Math.random() * users)
    const base = { id: randomUUID(), userId, at, requestId: null }
    if (i % 4 === 0) return { ...base, kind: 'message' }
    if (i % 4 === 1) return { ...base, kind: 'usage', calls: 2, tokens: 1_500, costRub: 0.975 }
    const metadata = { query: `молоко ${userId % 500}`, results_count: 3, had_results: true }
    return { ...base, kind: 'event', eventType: 'product_search', metadata }
  })
  return { id: randomUUID(), facts }
}
