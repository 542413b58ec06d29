import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { type CapacityLimit, limitsOf, type Need, needOf, plan } from './capacity.ts'
import { spread } from './measure.ts'
import { costSettings, type MessageCost, measureMessageCost } from './message-cost.ts'
import { searchFact } from './recorder-facts.ts'
import { databaseWithUsers, openRecording, ratePerSecond, timeZone } from './recorder-fixture.ts'
import { timedInServer } from './server-cost.ts'

const dailyUsers = [1_000, 10_000, 100_000, 1_000_000, 10_000_000]

export const growthBench: Bench = {
  name: 'growth',
  question: 'What does a message cost each part, how does that grow with the users, and what ends first?',
  against: 'the size of the plan: 1,000 users a day',
  settings: [
    `A day of the plan: ${plan.users.toLocaleString('en-US')} users with ${plan.messagesEach} messages and ${plan.eventsEach} events each, ${plan.busiestHour * 100} % of them in the busiest hour.`,
    'The database holds one whole day of that size, counted; then recording, counting what is new and reading a month are measured on it, each once.',
    `The cost of a message is measured with the whole bot by webhook, ${costSettings.concurrency} virtual users concurrently, a model that takes ${costSettings.modelMs / 1000} s a call and a shop that answers immediately; about one search in three is not answered by the cache.`,
    'Limits and needs are computed from it; each part of the bot is taken as one core.',
  ],
  explained: [
    'Limits outside the bot come first: the streams GigaChat sells, the calls the shop allows, then the messages of Telegram. On one machine counting a whole day again is what grows fastest inside; it happens only on demand, the aggregator counts what is new. What to do at each size: [scale.md](scale.md).',
  ],
  run,
}

const ADD_EVENTS = `
insert into user_events (id, user_id, event_type, metadata, created_at, request_id)
select gen_random_uuid(), 1 + n % $1::bigint, case n / $1::bigint % 5 when 0 then 'session_start' else 'product_search' end,
  case n / $1 % 5 when 0 then '{"day_number": 0, "sessions_today": 1, "days_since_last_session": null}'::jsonb
    else '{"query": "молоко", "results_count": 10, "had_results": true}'::jsonb end,
  now() - interval '1 minute', 'bench'
from generate_series(0, $1::bigint * $2::bigint - 1) n`
const MARK_USERS =
  'insert into dirty_days select (now() at time zone $2)::date, array_agg(n) from generate_series(1, $1) n'
const SIZE = `
select (sum(pg_total_relation_size(inhrelid)) / 1e6)::float8 as mb from pg_inherits
where inhparent = 'user_events'::regclass`

async function run(context: BenchContext): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  for (const times of context.at({ quick: [1], normal: [1, 10, 100] }))
    results.push(...(await measureSize(context, times)))
  context.note('a message')
  const cost = await measureMessageCost(context, context.at({ quick: 10, normal: 300 }))
  const limits = limitsOf(cost)
  return [...results, ...perMessage(cost), ...multiplesOf(limits, needOf(cost, plan.users)), ...needs(cost)]
}

async function measureSize(context: BenchContext, times: number): Promise<BenchResult[]> {
  const users = context.at({ quick: plan.users / 10, normal: plan.users }) * times
  context.note(`${times} ×: ${users} users, ${users * plan.eventsEach} events`)
  const database = await databaseWithUsers(context, users)
  await database.sql(ADD_EVENTS, [users, plan.eventsEach])
  await database.sql(MARK_USERS, [users, timeZone])
  await database.sql('analyze')
  const { recorder, analytics } = await openRecording(context, database)
  const counted = await timedInServer(database, () => analytics.refresh())

  const work = async () => {
    await recorder.submit(searchFact(1, users))
    return 1
  }
  const rate = await ratePerSecond(100, context.at({ quick: 100, normal: 3_000 }), work)
  await analytics.refresh()
  // what ten seconds of the busiest hour leave to count
  const arrived = Math.max(1, Math.round((users * plan.eventsEach * plan.busiestHour * 10) / 3_600))
  await Promise.all(Array.from({ length: arrived }, work))
  const counting = await timedInServer(database, () => analytics.refresh())
  const today = analytics.today()
  const reading = await timedInServer(database, () =>
    analytics.summary({ from: today.replace(/..$/, '01'), to: today }),
  )
  const [size] = await database.sql<{ mb: number }>(SIZE)

  const row = (what: string, value: number, unit: string, rest: Partial<BenchResult> = {}): BenchResult => ({
    ...{ what: `${times} ×: ${what}`, unit, value: spread([value]) },
    ...rest,
  })
  return [
    row('recording, 100 callers', rate, 'facts/s', {
      remark: `${((users * plan.eventsEach * plan.busiestHour) / 3_600).toFixed(1)} a second are needed`,
    }),
    row('counting what 10 s of the busiest hour brought', counting.ms, 'ms', {
      remark: `${arrived} events`,
      processor: { value: spread([counting.cpuMs]), unit: 'ms' },
    }),
    row('counting the whole day again', counted.ms / 1000, 's', {
      processor: { value: spread([counted.cpuMs / 1000]), unit: 's' },
      ...(users === 100_000 && { target: { text: '100,000 users in at most 5 s', met: counted.ms <= 5_000 } }),
    }),
    row('reading the summary', reading.ms, 'ms', { processor: { value: spread([reading.cpuMs]), unit: 'ms' } }),
    row('events of a day on disk', size?.mb ?? 0, 'MB'),
  ]
}

const perMessage = (cost: MessageCost): BenchResult[] =>
  (
    [
      ['processor time of the bot', cost.botSeconds * 1000, 'ms'],
      ['processor time of PostgreSQL, the aggregator included', cost.serverSeconds * 1000, 'ms'],
      ['write-ahead log', cost.walBytes / 1000, 'KB'],
      ['disk of PostgreSQL', cost.diskBytes / 1000, 'KB'],
      ['log to Loki, compressed', cost.logBytes / 1000, 'KB'],
      ['events', cost.events, ''],
      ['model calls', cost.modelCalls, ''],
      ['tokens', cost.tokens, ''],
      ['cost of the model', cost.rub, '₽'],
      ['calls of the shop', cost.shopCalls, ''],
      ['calls of Telegram', cost.telegramCalls, ''],
      ['of these messages sent or changed', cost.telegramMessages, ''],
    ] as const
  ).map(([what, value, unit]) => ({ what: `a message: ${what}`, unit, value: spread([value]) }))

/** Each limit in multiples of the plan's busiest hour, the tightest first. */
function multiplesOf(limits: readonly CapacityLimit[], { messagesPerSecond }: Need): BenchResult[] {
  return limits.map(({ name, perSecond }) => ({
    what: `limit: ${name}`,
    unit: '× the plan',
    value: spread([perSecond / messagesPerSecond]),
    remark: `${perSecond.toFixed(2)} messages/s against ${messagesPerSecond.toFixed(2)} in the busiest hour of the plan`,
  }))
}

/** What each size needs in its busiest hour. */
function needs(cost: MessageCost): BenchResult[] {
  return dailyUsers.map(users => {
    const need = needOf(cost, users)
    const short = (value: number) => Number(value.toPrecision(2)).toLocaleString('en-US')
    const parts = [
      `streams ${short(need.modelStreams)}`,
      `shop ${short(need.shopPerSecond)}/s`,
      `Telegram ${short(need.telegramPerSecond)}/s`,
      `cores of bots ${short(need.botCores)}`,
      `of PostgreSQL ${short(need.serverCores)}`,
      `WAL ${short(need.walMbPerSecond)} MB/s`,
      `disk ${short(need.diskGbPerYear)} GB a year`,
      `log ${short(need.logGbPerMonth)} GB a month`,
      `${short(need.rubPerDay)} ₽ a day`,
    ]
    return {
      what: `${users.toLocaleString('en-US')} daily users`,
      unit: 'messages/s',
      value: spread([need.messagesPerSecond]),
      remark: parts.join(', '),
    }
  })
}
