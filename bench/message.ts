import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { type BenchFixture, firstUser, startFixture } from './fixture.ts'
import { interleave, quantile, ratio, spread } from './measure.ts'
import { flameGraph, readProfile, selfTimes } from './profile.ts'
import { readServerCost, usedBetween } from './server-cost.ts'

const users = 300
const text = 'Собери корзину: молоко, хлеб и яйца'

export const messageBench: Bench = {
  name: 'message',
  question: 'What does a message cost the bot, from the update of Telegram to the reply with a cart?',
  against:
    'the same bot without telemetry: nothing logged, no metric counted; and without the inbox: Telegram keeps updates until they are answered',
  settings: [
    'Telegram, GigaChat, the shop and Loki are fakes in another process that answer immediately; PostgreSQL is a third. Only the processor time of the bot is counted, all its threads; for the inbox that of PostgreSQL too.',
    'Each message leads to model calls, searches (answered by the cache after the first), a cart, its events, log lines (to standard output and Loki) and metrics. Updates come by long polling.',
    'No message is waited for after another one (MESSAGES_TOGETHER_MS=0).',
    `${users} virtual users take turns, ten concurrently for the throughput, one at a time for the cost of single messages.`,
  ],
  explained: [
    'The profile samples by the clock: on a busy machine a function that hands the processor over (writev) is charged with the wait. The most expensive are the exchanges over HTTP (five model calls, the cart, and the calls of Telegram), then the collection of garbage, then reading answers with zod. The calls of the model do not go through fetch() and those of Telegram not through node-fetch, which took a quarter and an eighth off a message.',
    'What telemetry adds is for the most part in the thread that ships logs, not in the one that answers users: about ten times a second, however few the lines, it puts them on disk (fsync), pushes them and removes the file. The more messages share a batch, the less a message pays; on a busy machine, where messages are slower, the ratio is higher.',
  ],
  run,
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const batch = context.at({ quick: 5, normal: 300 })
  const options = { intake: 'polling' as const, latencyMs: 0, concurrency: 100, users, togetherMs: 0 }
  const fixtures = {
    on: await startFixture(context, { ...options, telemetry: 'on' }),
    off: await startFixture(context, { ...options, telemetry: 'off' }),
    bare: await startFixture(context, { ...options, telemetry: 'on', inbox: 'off' }),
  }
  for (const fixture of Object.values(fixtures)) await talkFor(fixture, context.at({ quick: 5, normal: 300 }), 10)

  const server = { on: [] as number[], bare: [] as number[] }
  const botCost = async ({ bot, ...rest }: BenchFixture) => {
    const before = await bot.call('cpu')
    await talkFor({ bot, ...rest }, batch, 10)
    return ((await bot.call('cpu')) - before) / 1000 / batch
  }
  const bothCosts = (name: 'on' | 'bare') => async () => {
    const before = await readServerCost(fixtures[name].database)
    const spent = await botCost(fixtures[name])
    const { cpuUs } = usedBetween(before, await readServerCost(fixtures[name].database))
    server[name].push(cpuUs / 1000 / batch)
    return spent
  }
  context.note(`${batch} messages a run, ${context.rounds} rounds`)
  const contenders = { on: bothCosts('on'), off: () => botCost(fixtures.off), bare: bothCosts('bare') }
  const samples = await interleave(contenders, context.rounds)
  const costRatio = ratio(samples.on, samples.off)
  const together = (name: 'on' | 'bare') => {
    const counted = server[name].slice(-context.rounds) // without the round that warms up
    return { server: counted, all: samples[name].map((ms, round) => ms + (counted[round] ?? Number.NaN)) }
  }
  const [withInbox, withoutInbox] = [together('on'), together('bare')]
  const inboxRatio = ratio(withInbox.all, withoutInbox.all)

  context.note('single messages')
  const single: number[] = []
  for (let n = context.at({ quick: 3, normal: 200 }); n > 0; n--) {
    const before = await fixtures.on.bot.call('cpu')
    await talkFor(fixtures.on, 1, 1, n)
    single.push(((await fixtures.on.bot.call('cpu')) - before) / 1000)
  }
  const callsBefore = await fixtures.on.fakes.call('calls')
  const profile = await profileOf(context, fixtures.on, batch)
  const calls = ((await fixtures.on.fakes.call('calls')).model - callsBefore.model) / batch

  return [
    {
      what: 'messages per second per core',
      unit: 'messages/s',
      value: spread(samples.on.map(ms => 1000 / ms)),
      remark: `${calls.toFixed(1)} model calls a message`,
    },
    {
      what: 'processor time of a message, ten concurrently',
      unit: 'ms',
      value: spread(samples.on),
      ratios: [{ to: 'without telemetry', value: costRatio }],
      target: { text: 'at most 1.1 × without telemetry', met: costRatio.median <= 1.1 },
    },
    { what: 'the same without telemetry', unit: 'ms', value: spread(samples.off) },
    {
      what: 'processor time of a message, bot and PostgreSQL',
      unit: 'ms',
      value: spread(withInbox.all),
      ratios: [{ to: 'without the inbox', value: inboxRatio }],
      target: { text: 'at most 1.05 × without the inbox', met: inboxRatio.median <= 1.05 },
    },
    {
      what: 'of that PostgreSQL',
      unit: 'ms',
      value: spread(withInbox.server),
      ratios: [{ to: 'without the inbox', value: ratio(withInbox.server, withoutInbox.server) }],
    },
    {
      what: 'of that the bot',
      unit: 'ms',
      value: spread(samples.on),
      ratios: [{ to: 'without the inbox', value: ratio(samples.on, samples.bare) }],
    },
    { what: 'processor time of a single message, p50', unit: 'ms', value: spread([quantile(single, 0.5)]) },
    { what: 'processor time of a single message, p99', unit: 'ms', value: spread([quantile(single, 0.99)]) },
    ...profile,
  ]
}

/** Starts `first` places after the first user: a user who writes too often runs into the rate limit. */
async function talkFor({ fakes }: BenchFixture, messages: number, concurrency: number, first = 0): Promise<void> {
  const range: [number, number] = [firstUser + first, firstUser + users - 1]
  const done = await fakes.call('talk', { text, users: range, messages, concurrency })
  const without = done.filter(({ cart }) => !cart)
  const [one] = without
  if (one !== undefined && without.length > done.length / 100) {
    throw new Error(
      `${without.length} of ${done.length} answers have no cart: ${await fakes.call('lastText', one.user)}`,
    )
  }
}

/** The costliest functions of the main thread; the flame graph is drawn from the same profile. */
async function profileOf(context: BenchContext, fixture: BenchFixture, messages: number): Promise<BenchResult[]> {
  const file = join(await context.folder(), 'message.cpuprofile')
  await fixture.bot.call('profileStart')
  await talkFor(fixture, messages, 10)
  await fixture.bot.call('profileStop', file)
  const profile = readProfile(await readFile(file, 'utf8'))
  context.keep('message.svg', flameGraph(profile, 'A message through the bot: processor time of the main thread'))
  return selfTimes(profile)
    .slice(0, 8)
    .map(({ name, ms, share }) => ({
      what: `profile: ${name}`,
      unit: 'ms a message',
      value: spread([ms / messages]),
      remark: `${(share * 100).toFixed(1)} % of the main thread`,
    }))
}
