import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { type BenchFixture, firstUser, startFixture } from './fixture.ts'
import { interleave, quantile, ratio, spread } from './measure.ts'
import { countInstructions } from './processor.ts'
import { flameGraph, readProfile, selfTimes } from './profile.ts'
import { readServerCost, usedBetween } from './server-cost.ts'

const users = 200
/** Messages of a round: all users write equally often, so that their dialogues stay alike. */
const batch = 40

export const messageBench: Bench = {
  name: 'message',
  question: 'What does a message cost the bot, from the update of Telegram to the reply with a cart?',
  against:
    'the same bot without telemetry and without the inbox (Telegram keeps updates until they are answered), each in a process with a database of its own',
  settings: [
    'Telegram, GigaChat, the shop and Loki are fakes in another process that answer immediately; PostgreSQL is a third. Only the processor time of the bot is counted, all its threads; for the inbox that of PostgreSQL too.',
    'Each message asks for three products, one of them rare: about one search in three goes to the shop, the cache answers the others. It leads to model calls, searches, a cart, its events, log lines (to standard output and Loki) and metrics. Updates come by long polling.',
    'Without telemetry: no logger (no line is made, checked, written or shipped; there is no thread for it), metrics count nothing, and the delay of the event loop and collections of garbage are not observed. The context of a request stays: the id in it goes to the model and into events.',
    'No message is waited for after another one (MESSAGES_TOGETHER_MS=0).',
    `${users} virtual users take turns, ten concurrently; rounds of ${batch} messages (six of them with --rounds 2, which takes a minute and a half). Paced: one message a second, all three bots at the same time; idle: before the first message, half a minute after the start. Both contain what the bot does anyway.`,
  ],
  explained: [
    'The profile samples by the clock: on a busy machine a function that hands the processor over (writev) is charged with the wait. The most expensive are the exchanges over HTTP (model calls, searches, the cart, and the calls of Telegram), then PostgreSQL, then the collection of garbage. None of these calls goes through fetch() or node-fetch: undici’s request takes a quarter of their processor time.',
    'What telemetry adds is for the most part in the thread that ships logs, not in the one that answers users: however few the lines, they are handed over every 80 ms and written to two files, and a batch is put on disk (fsync), pushed and its file removed twice a second. The more messages share a hand-over and a batch, the less a message pays.',
    'Of the 102 MB of an idle bot, 25 s after its start, 52 are pages of files, node’s program before all (a bare node: 36), 36 the heaps of both threads, buffers and stacks, 12 what malloc holds, 2 compiled code; without Loki, and so without the thread that ships logs, 7 to 8 less at the start. What was found, each by starts that took turns (2026-11-27, load 10 to 20): V8 compiled undici’s parser of HTTP, which is WebAssembly, a second time as soon as it was in use, which took 30 MB of malloc for a quarter of a second just after the start, of which 5 to 30 stayed, by chance: with --liftoff-only, which leaves that out, none (155 to 146 MB with 200 users together with the next), but on an idle machine a message was 1.05 × as expensive (three pairs), so its loops are not unrolled and not peeled instead, which makes the second compilation small: 103 MB idle and 145 with 200 users, against 107 and 152 without options and 99 and 149 with --liftoff-only (one run each, idle machine). Of undici and node-fetch only what is used is loaded: 4.5 MB less heap, 6 less of the process. A full collection after the start releases nothing of the process: it leaves the young generation as large as it was; V8 shrinks it after ten to twenty seconds without work. MALLOC_MMAP_THRESHOLD_ 128 kB: 2 to 4 MB less before the parser was found, none that could be measured since. Letters of the bot’s own code as escapes: 0.8 MB less, not done, since it would change what String.raw says.',
    'Below, the flame graph of now; the one before, of 2026-11-22 with five model calls a message, is [message-2026-11-22.svg](images/message-2026-11-22.svg).',
  ],
  run,
}

type Name = 'on' | 'off' | 'bare'

/** Milliseconds of processor time. */
interface Cost {
  bot: number
  server: number
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const options = { intake: 'polling' as const, latencyMs: 0, concurrency: 100, users, togetherMs: 0 }
  const fixtures: Record<Name, BenchFixture> = {
    on: await startFixture(context, { ...options, telemetry: 'on' }),
    off: await startFixture(context, { ...options, telemetry: 'off' }),
    bare: await startFixture(context, { ...options, telemetry: 'on', inbox: 'off' }),
  }
  const idle = await measureIdle(context, fixtures)
  await Promise.all(Object.values(fixtures).map(fixture => talkFor(fixture, context.at({ quick: 5, normal: users }))))

  const messages = context.at({ quick: 4, normal: batch })
  const rounds = context.at({ quick: context.rounds, normal: 4 * context.rounds - 2 })
  context.note(`${messages} messages a run, ${rounds} rounds`)
  const done: Record<Name, number> = { on: 0, off: 0, bare: 0 }
  let highest = await readMemory(fixtures.on)
  const round = (name: Name) => async () => {
    const first = (done[name] * messages) % users
    done[name] += 1
    const cost = await costOf(fixtures[name], () => talkFor(fixtures[name], messages, 10, first))
    if (name === 'on') {
      const memory = await readMemory(fixtures.on)
      if (memory.rss > highest.rss) highest = memory
    }
    return { bot: cost.bot / messages, server: cost.server / messages }
  }
  const samples = await interleave({ on: round('on'), off: round('off'), bare: round('bare') }, rounds)

  return [
    ...costResults(samples),
    ...(await measurePaced(context, fixtures)),
    ...idle,
    {
      what: `memory (RSS) with ${users} users, highest`,
      unit: 'MB',
      value: spread([highest.rss]),
      remark: highest.parts,
      target: { text: 'at most 150 MB', met: highest.rss <= 150 },
    },
    ...(await measureSingle(context, fixtures.on)),
    await measureInstructions(fixtures.on, messages),
    ...(await profileOf(context, fixtures.on, context.at({ quick: 4, normal: 3 * batch }))),
  ]
}

function costResults(samples: Record<Name, Cost[]>): BenchResult[] {
  const of = (name: Name, part: (cost: Cost) => number) => samples[name].map(part)
  const bot = (name: Name) => of(name, cost => cost.bot)
  const server = (name: Name) => of(name, cost => cost.server)
  const both = (name: Name) => of(name, cost => cost.bot + cost.server)
  const [telemetry, inbox] = [ratio(bot('on'), bot('off')), ratio(both('on'), both('bare'))]
  const middle = (values: readonly number[]) =>
    `the middle half of the rounds ${quantile(values, 0.25).toFixed(2)}–${quantile(values, 0.75).toFixed(2)} ×`
  return [
    { what: 'messages per second per core', unit: 'messages/s', value: spread(bot('on').map(ms => 1000 / ms)) },
    {
      what: 'processor time of a message, ten concurrently',
      unit: 'ms',
      value: spread(bot('on')),
      ratios: [{ to: 'without telemetry', value: telemetry }],
      remark: middle(telemetry.samples),
      target: { text: 'at most 1.1 × without telemetry', met: telemetry.median <= 1.1 },
    },
    { what: 'the same without telemetry', unit: 'ms', value: spread(bot('off')) },
    {
      what: 'processor time of a message, bot and PostgreSQL',
      unit: 'ms',
      value: spread(both('on')),
      ratios: [{ to: 'without the inbox', value: inbox }],
      remark: middle(inbox.samples),
      target: { text: 'the inbox at most 5 % of a message', met: inbox.median <= 1 / 0.95 },
    },
    {
      what: 'of that PostgreSQL',
      unit: 'ms',
      value: spread(server('on')),
      ratios: [{ to: 'without the inbox', value: ratio(server('on'), server('bare')) }],
    },
    {
      what: 'of that the bot',
      unit: 'ms',
      value: spread(bot('on')),
      ratios: [{ to: 'without the inbox', value: ratio(bot('on'), bot('bare')) }],
    },
  ]
}

async function measureIdle(context: BenchContext, fixtures: Record<Name, BenchFixture>): Promise<BenchResult[]> {
  const seconds = context.at({ quick: 1, normal: 8 })
  context.note(`idle for ${seconds} s`)
  await wait(context.at({ quick: 0, normal: 20 })) // what a start leaves to do, and V8 to give back
  const costs = await Promise.all([fixtures.on, fixtures.off].map(fixture => costOf(fixture, () => wait(seconds))))
  const [on = Number.NaN, off = Number.NaN] = costs.map(({ bot }) => bot / seconds)
  const memory = await readMemory(fixtures.on)
  return [
    {
      what: 'idle: processor time a second',
      unit: 'ms',
      value: spread([on]),
      remark: `without telemetry ${off.toFixed(1)} ms`,
      target: { text: 'at most 5 ms', met: on <= 5 },
    },
    {
      what: 'idle: memory (RSS)',
      unit: 'MB',
      value: spread([memory.rss]),
      remark: memory.parts,
      target: { text: 'at most 110 MB', met: memory.rss <= 110 },
    },
  ]
}

async function measurePaced(context: BenchContext, fixtures: Record<Name, BenchFixture>): Promise<BenchResult[]> {
  const messages = context.at({ quick: 2, normal: 15 })
  const everyMs = context.at({ quick: 100, normal: 1_000 })
  context.note('one message a second')
  const cost = async (name: Name) => {
    const range: [number, number] = [firstUser, firstUser + users - 1]
    const talk = () => fixtures[name].fakes.call('talk', { users: range, messages, everyMs })
    const { bot, server } = await costOf(fixtures[name], talk)
    return { bot: [bot / messages], both: [(bot + server) / messages] }
  }
  const [on, off, bare] = await Promise.all([cost('on'), cost('off'), cost('bare')])
  return [
    {
      what: 'processor time of a message, one a second',
      unit: 'ms',
      value: spread(on.bot),
      ratios: [{ to: 'without telemetry', value: ratio(on.bot, off.bot) }],
    },
    {
      what: 'the same, bot and PostgreSQL',
      unit: 'ms',
      value: spread(on.both),
      ratios: [{ to: 'without the inbox', value: ratio(on.both, bare.both) }],
    },
  ]
}

async function measureSingle(context: BenchContext, fixture: BenchFixture): Promise<BenchResult[]> {
  context.note('single messages')
  const single: number[] = []
  for (let n = context.at({ quick: 2, normal: 60 }); n > 0; n--) {
    const before = await fixture.bot.call('cpu')
    await talkFor(fixture, 1, 1, n)
    single.push(((await fixture.bot.call('cpu')) - before) / 1000)
  }
  return [0.5, 0.99].map(q => ({
    what: `processor time of a single message, p${q * 100}`,
    unit: 'ms',
    value: spread([quantile(single, q)]),
  }))
}

async function measureInstructions(fixture: BenchFixture, messages: number): Promise<BenchResult> {
  const counted = await countInstructions(fixture.bot.child.pid ?? 0, () => talkFor(fixture, messages))
  return {
    what: 'instructions of a message',
    unit: 'million',
    value: spread([counted === undefined ? Number.NaN : counted / messages / 1e6]),
    ...(counted === undefined && { remark: 'not allowed here: perf is missing or may not count them' }),
  }
}

/** Milliseconds of processor time of the bot, and of PostgreSQL for its database, while `work` runs. */
async function costOf({ bot, database }: BenchFixture, work: () => Promise<unknown>): Promise<Cost> {
  const [before, serverBefore] = [await bot.call('cpu'), await readServerCost(database)]
  await work()
  const [after, serverAfter] = [await bot.call('cpu'), await readServerCost(database)]
  return { bot: (after - before) / 1000, server: usedBetween(serverBefore, serverAfter).cpuUs / 1000 }
}

/** Resident memory in MB, and what it consists of. */
async function readMemory({ bot }: BenchFixture): Promise<{ rss: number; parts: string }> {
  const { rss, heapUsed, heapTotal, external } = await bot.call('memory')
  const mb = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
  const rest = mb(rss - heapTotal - external)
  const parts = `heap of the main thread ${mb(heapTotal)}, used ${mb(heapUsed)}; buffers ${mb(external)}; the rest ${rest}: node itself (bare: 41 MB), the shipping thread, native memory`
  return { rss: rss / 1e6, parts }
}
const wait = (seconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, seconds * 1000))

/** Starts `first` places after the first user: a user who writes too often runs into the rate limit. */
async function talkFor({ fakes }: BenchFixture, messages: number, concurrency = 10, first = 0): Promise<void> {
  const range: [number, number] = [firstUser + first, firstUser + users - 1]
  const done = await fakes.call('talk', { users: range, messages, concurrency })
  const without = done.filter(({ cart }) => !cart)
  const [one] = without
  if (one !== undefined && without.length > Math.max(1, done.length / 20)) {
    throw new Error(
      `${without.length} of ${done.length} answers have no cart: ${await fakes.call('lastText', one.user)}`,
    )
  }
}

/** The costliest functions of the main thread; the flame graph is drawn from the same profile. */
async function profileOf(context: BenchContext, fixture: BenchFixture, messages: number): Promise<BenchResult[]> {
  const file = join(await context.folder(), 'message.cpuprofile')
  const callsBefore = await fixture.fakes.call('calls')
  await fixture.bot.call('profileStart')
  await talkFor(fixture, messages)
  await fixture.bot.call('profileStop', file)
  const calls = await fixture.fakes.call('calls')
  const each = (kind: 'model' | 'shop' | 'telegram') => (calls[kind] - callsBefore[kind]) / messages
  const profile = readProfile(await readFile(file, 'utf8'))
  context.keep('message.svg', flameGraph(profile, 'A message through the bot: processor time of the main thread'))
  return [
    ...(['model', 'shop', 'telegram'] as const).map(kind => ({
      what: `calls of a message: ${kind}`,
      unit: '',
      value: spread([each(kind)]),
    })),
    ...selfTimes(profile)
      .slice(0, 12)
      .map(({ name, ms, share }) => ({
        what: `profile: ${name}`,
        unit: 'ms a message',
        value: spread([ms / messages]),
        remark: `${(share * 100).toFixed(1)} % of the main thread`,
      })),
  ]
}
