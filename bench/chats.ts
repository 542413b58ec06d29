import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import type { FakeExchange } from './fakes-process.ts'
import { type BenchFixture, firstUser, startFixture } from './fixture.ts'
import { quantile, spread } from './measure.ts'

const modelMs = 2_000

export const chatsBench: Bench = {
  name: 'chats',
  question: 'How long do many concurrent users wait beyond the time of the model, and does anything grow?',
  against: 'the time the model takes alone: its calls one after the other, two seconds each',
  settings: [
    'GigaChat is a fake that takes 2 s for each call, however many come; GIGACHAT_CONCURRENCY is 1,000, as if the account allowed it.',
    'All virtual users write at the same moment, and again up to 10 s after each answer. The fakes run in a process of their own.',
    'Telegram delivers at most 100 updates at the same time; the bot confirms one as soon as it is in the inbox. It answers as many at the same time as its heap holds (`MESSAGES_IN_FLIGHT`, here 296); further users wait in the inbox, in their order, and read their place.',
    'The bot runs with the limits of memory of `npm start`. A full collection is forced twice, at half time and at the end, to see what is alive.',
    'Half a minute each way. `--long`: 100 virtual users by webhook for 30 minutes, to see whether anything grows.',
  ],
  explained: [
    'A cart takes two or three model calls here, four to six seconds, and a message about 15 ms of the processor, so that 1,000 users who write at the same moment wait for the processor first. Without a bound of the answers in flight three of four runs ended with «heap out of memory», and a third of the users were refused because PostgreSQL was heard too late: an answer holds 95 to 135 KB, most of it promises and closures of the chain of handlers.',
    'Why the event loop was late, by a profile of the late moments (600 and 1,000 users by webhook, a busy machine): what goes on after an answer of the model, of the shop or of Telegram is up to 3 ms of work, and as many answers as lie in the sockets were worked on in one turn of the loop: up to 390 ms of processor time without a look at a timer. Of it 30 % were collections of garbage (scavenges that find most of it alive), the rest spread: sockets 6 %, statements of PostgreSQL 7, no other function above 2. Now each answer, and each request that begins, has a turn of the loop of its own, in the order in which they came, what has begun before what begins (`src/process/own-turn.ts`): with 600 users 25 ms of processor time at most. With 1,000 the late moments together took 5 s of processor time instead of 13, the longest still 0.2 s: scavenges of up to 150 ms, in which most of the young generation is alive. The rest of the lateness, three quarters of it there, is waiting for a core: bot, fakes and PostgreSQL share two. When all requests in flight began together, each held its memory until all were nearly done: 334 MB at the highest with 1,000 users, half of it alive at half time; since what has begun goes first it is what the table says.',
    'Lateness and waiting are times by the clock: a busy machine lengthens them, see the load and the idle process beside. With the processor to itself (real-time priority on the same machine) the event loop was 2 ms late at p99: its longest pieces are collections of garbage, 3 to 15 ms.',
    'What is left of it, with 1,000 users by webhook on a machine with nine to twelve other processes at work: with a higher priority for the bot alone (nice −12) the event loop was 9.5 ms late at p99 with Node 20 and 8.4 ms with Node 24, the Node of the image. So what the table shows beyond that is the wait of the process for one of two cores, which it shares with the fakes and PostgreSQL, not work of its own. Of the stretches of more than 10 ms of processor time between two turns 84 % was garbage (Node 24, a sample each millisecond), no other function above 1 %: there is no work left to split. Scavenges took 6.1 ms at p50 and 18.6 at p99 with Node 20, 4.4 and 10.1 with Node 24 (232 in 45 s, 1.1 s together, a fourteenth of the processor time of the main thread).',
    'What grows are the dialogues, up to 50 messages a user, at most 1,000 users and 48 MB: half a minute does not fill them, so what is alive is compared without them. By heap snapshots after 300 and after 1,200 messages of 300 users 4.1 of the 6.6 MB that had come were dialogues, 1.3 compiled code, 0.5 tables that grow with them. They are stored in UTF-8: 0.57 of what the same text takes as a string (4.7 KB instead of 8.2, the mean of 23 dialogues of tests). Without a limit Node lets garbage grow with the memory of the machine, to three times what is alive; `npm start` and the image set one.',
    'Whether anything else grows, half a minute shows only roughly: each look meets the answers that are in flight just then, 100 KB each. With 600 users by polling (24 s a run, load 15) what was alive besides dialogues went from 76 to 72 MB, from 67 to 71 and from 68 to 71: at most 1.05 ×. A semi-space of 4 MB, in the last of the three: memory 223 MB at the highest instead of 215 and 221, an answer 24.9 instead of 23.4 and 22.3 ms, the event loop 193 instead of 155 and 179 ms late at p99: nothing is won, so it stays 8.',
  ],
  run,
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const crowd = context.at({ quick: 20, normal: 1_000 })
  const forMs = context.at({ quick: 1_500, normal: 30_000, long: 1_800_000 })
  const results: BenchResult[] = []
  const few = ['webhook', Math.min(100, crowd)] as const
  const polling = ['polling', crowd] as const
  const all: (readonly ['webhook' | 'polling', number])[] = [few, ['webhook', crowd], polling]
  if (context.scale === 'long') context.size('30 minutes')
  for (const [intake, users] of context.at({ quick: [few, polling], normal: all, long: [few] })) {
    const fixture = await startFixture(context, {
      telemetry: 'on',
      intake,
      latencyMs: modelMs,
      concurrency: 1_000,
      users,
    })
    context.note(`${users} virtual users by ${intake} for ${Math.round(forMs / 1000)} s`)
    results.push(...(await crowdResults(context, fixture, { intake, users, forMs })))
    await fixture.bot.stop()
    await fixture.fakes.stop()
  }
  return results
}

interface Crowd {
  intake: string
  users: number
  forMs: number
}

async function crowdResults(
  context: BenchContext,
  fixture: BenchFixture,
  { intake, users, forMs }: Crowd,
): Promise<BenchResult[]> {
  const talk = (ms: number) =>
    fixture.fakes.call('talk', {
      users: [firstUser, firstUser + users - 1],
      forMs: ms,
      pauseMs: context.at({ quick: 100, normal: 10_000 }),
    })
  const { model: callsBefore } = await fixture.fakes.call('calls')
  const cpuBefore = await fixture.bot.call('cpu')
  await fixture.bot.call('delay')
  const beside = monitorEventLoopDelay({ resolution: 5 })
  beside.enable()
  const memory = watchMemory(fixture, forMs)
  const begun = performance.now()
  const exchanges = await talk(forMs)
  const seconds = (performance.now() - begun) / 1000
  const used = await memory.stop()
  const delay = await fixture.bot.call('delay')
  beside.disable()
  const cpu = ((await fixture.bot.call('cpu')) - cpuBefore) / 1e6
  const calls = ((await fixture.fakes.call('calls')).model - callsBefore) / exchanges.length

  const who = `${users} virtual users, ${intake}`
  const beyond = exchanges.map(({ ms }) => Math.max(0, ms - calls * modelMs) / 1000)
  const { half, end } = used
  const growth = (end.all - end.dialogues) / (half.all - half.dialogues)
  const carts = exchanges.filter(({ cart }) => cart).length
  const one = (what: string, value: number, unit: string, rest: Partial<BenchResult> = {}): BenchResult => ({
    ...{ what: `${who}: ${what}`, unit, value: spread([value]) },
    ...rest,
  })
  return [
    one('answers', exchanges.length / seconds, 'messages/s', {
      remark: `${exchanges.length} answers, ${carts} with a cart, ${calls.toFixed(1)} model calls each`,
    }),
    one('wait beyond the model, p50', quantile(beyond, 0.5), 's'),
    one('wait beyond the model, p99', quantile(beyond, 0.99), 's'),
    one('fairness between users', fairness(exchanges), 'of 1', {
      remark: 'Jain index of the mean waits: 1 when all wait equally long',
    }),
    one('memory (RSS), highest', used.highest, 'MB', { target: { text: 'under 300 MB', met: used.highest < 300 } }),
    one('memory (RSS), last quarter by second quarter', used.growth, '×'),
    one('alive after a full collection, at the end', end.all, 'MB', {
      remark: `of it dialogues ${end.dialogues.toFixed(1)}; at half time ${half.all.toFixed(1)}, of it dialogues ${half.dialogues.toFixed(1)}; heap of the main thread and buffers`,
    }),
    one('alive besides dialogues, end by half time', growth, '×', {
      target: { text: 'nothing grows: at most 1.1 ×', met: growth <= 1.1 },
    }),
    one('event loop late, p99', delay.p99, 'ms', {
      remark: `that of the idle process of the runner beside it: ${Math.max(0, beside.percentile(99) / 1e6 - 5).toFixed(1)} ms`,
      target: { text: 'under 20 ms', met: delay.p99 < 20 },
    }),
    one('event loop late, at most', delay.max, 'ms'),
    one('processor', (cpu / seconds) * 100, '% of a core'),
  ]
}

const unread = { all: Number.NaN, dialogues: Number.NaN }

/** Resident memory in megabytes, read every second; what is alive at half time and at the end, while users still write. */
function watchMemory({ bot }: BenchFixture, forMs: number) {
  const samples: number[] = []
  const alive = Promise.allSettled(
    [forMs / 2, forMs * 0.98].map(async ms => {
      await new Promise(resolve => setTimeout(resolve, ms))
      const { all, dialogues } = await bot.call('liveBytes')
      return { all: all / 2 ** 20, dialogues: dialogues / 2 ** 20 }
    }),
  )
  const read = async () => void samples.push((await bot.call('memory')).rss / 2 ** 20)
  const timer = setInterval(() => void read().catch(() => clearInterval(timer)), 1_000)
  return {
    stop: async () => {
      clearInterval(timer)
      await read()
      const quarter = (index: number) => {
        const size = samples.length / 4
        return samples.slice(Math.floor(index * size), Math.max(Math.floor((index + 1) * size), 1))
      }
      const [second, last] = [quarter(1), quarter(3)]
      const growth = second.length > 0 && last.length > 0 ? spread(last).median / spread(second).median : 1
      const [half = unread, end = unread] = (await alive).map(read =>
        read.status === 'fulfilled' ? read.value : unread,
      )
      return { highest: Math.max(...samples), growth, half, end }
    },
  }
}

/** Jain's index of the users' mean waits: (Σx)² / (n · Σx²). */
function fairness(exchanges: readonly FakeExchange[]): number {
  const waits = new Map<number, number[]>()
  for (const { user, ms } of exchanges) waits.set(user, [...(waits.get(user) ?? []), ms])
  const means = [...waits.values()].map(all => all.reduce((sum, ms) => sum + ms, 0) / all.length)
  const sum = means.reduce((total, mean) => total + mean, 0)
  return sum ** 2 / (means.length * means.reduce((total, mean) => total + mean ** 2, 0))
}
