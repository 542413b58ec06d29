import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sandboxToken } from '../src/sandbox/sandbox.ts'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import type { Fakes } from './fakes-process.ts'
import { type BenchFixture, firstUser, startFixture } from './fixture.ts'
import type { Floor } from './floor.ts'
import { interleave, ratio, spread } from './measure.ts'
import { type Remote, startRemote } from './remote.ts'

const users = 300
/** Processor time of the Python original in multiples of a floor like this one, as it was measured outside this repository. */
const original = 10.7

export const peerBench: Bench = {
  name: 'peer',
  question: 'What does a message cost beside the least a bot can do for it, and beside the Python original?',
  against: 'a grammY bot of sixty lines that makes the same calls, body by body, and one COPY (bench/floor.ts)',
  settings: [
    'Processor time of the whole process, all threads, in rounds that take turns; Telegram, GigaChat, the shop and Loki are fakes in another process that answer immediately, PostgreSQL is a third.',
    'Each message asks for three products, one of them rare: about one search in three is not answered by the cache.',
    'No message is waited for after another one (MESSAGES_TOGETHER_MS=0): the floor does not wait either.',
    'The floor repeats, in turn, the recorded calls of thirty messages. It has no queue, no dialogue, no check, no log line, no metric.',
    `The Python original is not run here: its processor time was ${original} × the floor's for the same conversations on the same fakes, measured outside on two idle cores. Its row is that figure over ours.`,
  ],
  explained: [
    'Where the difference goes is shown by the profile of the bench message and, by processor time and beside the floor, at the end of this page. In short: for its calls over HTTP the bot spends less than the floor, which calls through fetch(); seven statements of PostgreSQL instead of one COPY cost a quarter of the floor, log lines and metrics with their thread nearly a third, the collection of 1.2 MB of garbage a message another third, the turns, tools and answers of the assistant a third; the rest is spread over the conversations, the shop and the facts, none of them above a tenth of the message.',
  ],
  run,
}

interface Contender {
  bot: Pick<Remote<Floor>, 'call'>
  fakes: BenchFixture['fakes']
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const batch = context.at({ quick: 5, normal: 200 })
  const ours = await startFixture(context, {
    ...{ intake: 'polling', latencyMs: 0, concurrency: 100, users, telemetry: 'on', togetherMs: 0 },
  })
  const warm = context.at({ quick: 5, normal: 1_500 })
  await talk(ours, warm)
  const floor = await startFloor(context, ours, context.at({ quick: 3, normal: 30 }))
  // as warm as ours: in its first hundreds of messages a quarter of its time is that of V8's compiler
  await talk(floor, warm)

  context.note(`${batch} messages a run, ${context.rounds} rounds`)
  const cost = (fixture: Contender) => async () => {
    const before = await fixture.bot.call('cpu')
    await talk(fixture, batch)
    return ((await fixture.bot.call('cpu')) - before) / 1000 / batch
  }
  const samples = await interleave({ ours: cost(ours), floor: cost(floor) }, context.rounds)
  const toFloor = ratio(samples.ours, samples.floor)
  return [
    {
      what: 'processor time of a message',
      unit: 'ms',
      value: spread(samples.ours),
      ratios: [{ to: 'the floor', value: toFloor }],
      target: { text: 'at most 2 × the floor', met: toFloor.median <= 2 },
    },
    { what: 'of the floor', unit: 'ms', value: spread(samples.floor) },
    {
      what: 'ours beside the Python original, which is not run here',
      unit: '×',
      value: spread(toFloor.samples.map(times => times / original)),
      target: { text: 'at most 0.2', met: toFloor.median / original <= 0.2 },
    },
  ]
}

/** Starts `first` places after the first user: a user who writes too often runs into the rate limit. */
async function talk({ fakes }: Pick<Contender, 'fakes'>, messages: number, concurrency = 10, first = 0): Promise<void> {
  const range: [number, number] = [firstUser + first, firstUser + users - 1]
  const done = await fakes.call('talk', { users: range, messages, concurrency })
  const without = done.filter(({ cart }) => !cart)
  const [one] = without
  if (one !== undefined && without.length > Math.max(1, done.length / 20)) {
    const answer = await fakes.call('lastText', one.user)
    throw new Error(`${without.length} of ${done.length} answers have no cart: ${answer}`)
  }
}

/** Records what `ours` does for `count` messages, and starts a floor that does the same. */
async function startFloor(context: BenchContext, ours: BenchFixture, count: number): Promise<Contender> {
  const storedEvents = async () => {
    const [row] = await ours.database.sql<{ count: number }>('select count(*)::int from user_events')
    return row?.count ?? 0
  }
  const before = await storedEvents()
  const messages = []
  for (let n = 0; n < count; n++) {
    await ours.fakes.call('record')
    await talk(ours, 1, 1, n)
    messages.push(await ours.fakes.call('recorded'))
  }
  const file = join(await context.folder(), 'calls.json')
  await writeFile(file, JSON.stringify(messages))

  const fakes = await startRemote<Fakes>('./fakes-process.js', {})
  context.onEnd(() => fakes.stop())
  const bot = await startRemote<Floor>('./floor.js', {
    CALLS_FILE: file,
    EVENTS: String(Math.round(((await storedEvents()) - before) / count)),
    TELEGRAM_URL: await fakes.call('url'),
    SERVICES_URL: await ours.fakes.call('url'),
    BOT_TOKEN: sandboxToken,
    DATABASE_URL: (await context.database()).url,
  })
  context.onEnd(() => bot.stop())
  return { bot, fakes }
}
