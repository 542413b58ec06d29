import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { firstUser, startFixture } from './fixture.ts'
import { spread } from './measure.ts'
import { searchFact } from './recorder-facts.ts'
import { databaseWithUsers, openRecording, ratePerSecond, timeZone } from './recorder-fixture.ts'

const plan = { users: 1_000, eventsEach: 20, messagesEach: 8, busiestHour: 0.15 }
const modelCall = { seconds: 2, perMessage: 5 }
const shopCallsPerMessage = 1.5

export const growthBench: Bench = {
  name: 'growth',
  question: 'How does cost grow at 1, 10 and 100 times the size of the plan, and what breaks first?',
  against: 'the size of the plan: 1,000 users a day',
  settings: [
    `A day of the plan: ${plan.users.toLocaleString('en-US')} users with ${plan.messagesEach} messages and ${plan.eventsEach} events each, ${plan.busiestHour * 100} % of them in the busiest hour.`,
    'The database holds one whole day of that size, counted; then recording, counting what is new and reading a month are measured on it, each once.',
    `Limits are computed: a message takes ${modelCall.perMessage} model calls of ${modelCall.seconds} s and ${shopCallsPerMessage} calls of the shop (a cart, and a search in two from the shop instead of the cache); the processor time of a message is measured here.`,
  ],
  explained: [
    'Limits outside the bot come first, in the order of the lines: the streams GigaChat sells, the calls the shop allows, the window of Telegram. On one machine counting a whole day again is what grows fastest inside; it happens only on demand, the aggregator counts what is new. Beyond one machine: several bots behind one webhook with REDIS_URL and DATABASE_URL share the processor time of messages, not the window; every table of a user is keyed by user id first, so that PostgreSQL can be spread by it.',
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
const MARK_USERS = 'insert into dirty_days select n, (now() at time zone $2)::date from generate_series(1, $1) n'
const SIZE = `
select (sum(pg_total_relation_size(inhrelid)) / 1e6)::float8 as mb from pg_inherits
where inhparent = 'user_events'::regclass`

async function run(context: BenchContext): Promise<BenchResult[]> {
  const results: BenchResult[] = []
  for (const times of context.at({ quick: [1], normal: [1, 10, 100] }))
    results.push(...(await measureSize(context, times)))
  return [...results, ...limits(await messagesPerSecond(context))]
}

async function measureSize(context: BenchContext, times: number): Promise<BenchResult[]> {
  const users = context.at({ quick: plan.users / 10, normal: plan.users }) * times
  context.note(`${times} ×: ${users} users, ${users * plan.eventsEach} events`)
  const database = await databaseWithUsers(context, users)
  await database.sql(ADD_EVENTS, [users, plan.eventsEach])
  await database.sql(MARK_USERS, [users, timeZone])
  await database.sql('analyze')
  const { recorder, analytics } = await openRecording(context, database)
  const counted = await timed(() => analytics.refresh())

  const work = async () => {
    await recorder.submit(searchFact(1, users))
    return 1
  }
  const rate = await ratePerSecond(100, context.at({ quick: 100, normal: 3_000 }), work)
  await analytics.refresh()
  // what ten seconds of the busiest hour leave to count
  const arrived = Math.max(1, Math.round((users * plan.eventsEach * plan.busiestHour * 10) / 3_600))
  await Promise.all(Array.from({ length: arrived }, work))
  const counting = await timed(() => analytics.refresh())
  const today = analytics.today()
  const reading = await timed(() => analytics.summary({ from: today.replace(/..$/, '01'), to: today }))
  const [size] = await database.sql<{ mb: number }>(SIZE)

  const row = (what: string, value: number, unit: string, rest: Partial<BenchResult> = {}): BenchResult => ({
    ...{ what: `${times} ×: ${what}`, unit, value: spread([value]) },
    ...rest,
  })
  return [
    row('recording, 100 callers', rate, 'facts/s', {
      remark: `${((users * plan.eventsEach * plan.busiestHour) / 3_600).toFixed(1)} a second are needed`,
    }),
    row('counting what 10 s of the busiest hour brought', counting, 'ms', { remark: `${arrived} events` }),
    row('counting the whole day again', counted / 1000, 's'),
    row('reading the summary', reading, 'ms'),
    row('events of a day on disk', size?.mb ?? 0, 'MB'),
  ]
}

/** What one core of the bot gets through, measured as the bench `message` does it. */
async function messagesPerSecond(context: BenchContext): Promise<number> {
  const fixture = await startFixture(context, {
    telemetry: 'on',
    intake: 'polling',
    latencyMs: 0,
    concurrency: 100,
    users: 100,
  })
  const talk = (messages: number) =>
    fixture.fakes.call('talk', {
      text: 'Собери корзину: молоко, хлеб и яйца',
      users: [firstUser, firstUser + 99],
      messages,
      concurrency: 10,
    })
  await talk(context.at({ quick: 3, normal: 50 }))
  const before = await fixture.bot.call('cpu')
  const { length } = await talk(context.at({ quick: 3, normal: 60 }))
  return length / (((await fixture.bot.call('cpu')) - before) / 1e6)
}

/** Each limit in multiples of the plan's busiest hour, the tightest first. */
function limits(perCore: number): BenchResult[] {
  const needed = (plan.users * plan.messagesEach * plan.busiestHour) / 3_600
  const modelSeconds = modelCall.seconds * modelCall.perMessage
  const known = [
    ['GigaChat, one stream (individuals)', 1 / modelSeconds],
    ['GigaChat, ten streams (businesses)', 10 / modelSeconds],
    ['the shop, one call a second', 1 / shopCallsPerMessage],
    ['Telegram, 100 unconfirmed updates', 100 / modelSeconds],
    ['Telegram, 30 messages a second (two a reply)', 15],
    ['one core of the bot', perCore],
  ] as const
  return known
    .map(
      ([what, perSecond]): BenchResult => ({
        what: `limit: ${what}`,
        unit: '× the plan',
        value: spread([perSecond / needed]),
        remark: `${perSecond.toFixed(2)} messages/s against ${needed.toFixed(2)} in the busiest hour of the plan`,
      }),
    )
    .sort((a, b) => a.value.median - b.value.median)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
