import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Bench, BenchContext, BenchResult } from './bench.ts'
import { interleave, ratio, spread } from './measure.ts'
import { messageFacts, searchFact, users } from './recorder-facts.ts'
import { createServerMeter, databaseWithUsers, openRecording, ratePerSecond } from './recorder-fixture.ts'

const INSERT_EVENT = `
insert into user_events (id, user_id, event_type, metadata, created_at, request_id) values ($1, $2, $3, $4, $5, $6)`
const COPY_EVENTS = 'copy user_events (id, user_id, event_type, metadata, created_at, request_id) from stdin'

const callers = [1, 10, 100, 1000] as const

export const recorderBench: Bench = {
  name: 'recorder',
  question: 'How many facts a second are recorded durably, and what does a lone caller wait?',
  against:
    'one INSERT for each event, prepared and autocommitted, on one connection and on a pool of ten (no repeats caught, no totals kept), and COPY of the same rows in one transaction as the limit; all into the same table with the same key, indexes and checks',
  settings: [
    'fsync and synchronous_commit on; the table partitioned by month; a repeated fact is a no-op.',
    'The totals are maintained: the aggregator counts every five seconds (the bot every ten) beside the callers, on the same two cores. A run is one such interval, in which it counts what came in the one before. `Not counted`: the marks for the totals are stored, the aggregator stands.',
    `${users.toLocaleString('en-US')} users are active in a run; each fact is about a random one of them. Each contender has a database of its own.`,
    'Plain: searches only. Mix: message, two searches, a cart every third time, model usage, answer sent; each caller waits for one fact before it brings the next.',
    'A run of the recorder lasts five seconds after as long a start, one of INSERT two; COPY brings 50,000 rows.',
    'Processor time is that of all processes of PostgreSQL while nothing is counted; of ten callers or more they are as busy as the machine lets them.',
  ],
  explained: [
    'Where the rest of COPY goes: a batch of 500 new plain events takes PostgreSQL 8.7 µs of processor time a fact, COPY of the same rows 7.5 to 8 (batches in turn on a busy machine). Key and checks of the table, 4 to 5 µs, are in both; what is left is a row stored singly and 0.9 µs for the marks. As JSON it was 11.4: 2.7 of it went to reading the text into a tree and 1.3 to taking that apart, where reading arrays in binary form takes 1.5; arrays as text take 1 more. Node spends about 7 µs, most of them beside PostgreSQL: callers hear of their batch while the next is in flight. When a full batch waits, a second one of other users is in flight, so that facts of a user keep their order: with one, half of the time of a batch went to the disk and to the pauses between two of them (on a busy machine 1.6 × as many facts a second with two).',
    'A hundred callers who are answered together come again together and go as one batch. When the first of them went alone the other 99 waited for it, so that batches of 1 and of 99 took turns: 1.6 to 1.7 × slower on a busy machine, with ten callers too. Arrays and prepared statements are another 1.2 to 1.5 ×: 11.2 µs of PostgreSQL a fact instead of 15.7.',
    'A lone caller: an event takes PostgreSQL about 100 µs, an INSERT of its row 51; the disk comes to both. It was 174, of which reading the statement took 32 (it is prepared now, except behind PgBouncer), rows and marks in one statement with a CTE 26, and what only facts that change state need 22. What is left above the INSERT: the id of the batch 12 µs, the marks 16, catching a repeat 9, the look for deferred erasures 6, calling a function at all about 10.',
    'Counting takes a core for a part of each interval: that is the difference between counted and not counted. The longer the interval, the more facts of the same user are counted together.',
    'Facts of the mix change state, each by statements of its own: PostgreSQL spends about 85 µs on a message, 175 on a cart, 40 on usage, 30 on an answer sent, 11 on a plain event (batches of one kind, 45 µs a fact of the mix; 31 before carts had versions). Most of it is the beginning of a statement for a single row: PostgreSQL reads the checks and indexes of the table anew for each. Of 46 µs of an event stored alone the five checks take 28 and the partial indexes 7, which a batch of rows pays once; of 12 µs of an update of the user the check takes 4. They are no INSERT of one row, so nothing is promised of them in INSERTs.',
  ],
  run,
}

async function run(context: BenchContext): Promise<BenchResult[]> {
  const runMs = context.at({ quick: 100, normal: 2_000 })
  const copied = context.at({ quick: 200, normal: 50_000 })
  const one = await insertOneByOne(context, 1)
  const ten = await insertOneByOne(context, 10)
  const copy = await copyRows(context, copied)
  const recorder = {
    plain: await measuredRecorder(context, 'plain'),
    mix: await measuredRecorder(context, 'mix'),
  }

  const contenders: Record<string, () => Promise<number>> = {
    'INSERT, one connection': () => one.measure(runMs),
    'INSERT, pool of ten': () => ten.measure(runMs),
    COPY: copy.measure,
  }
  for (const kind of ['plain', 'mix'] as const) {
    for (const count of callers) {
      contenders[`recorder, ${kind}, ${count}`] = () => recorder[kind].measure(count, 2.5 * runMs)
    }
  }
  const hundred = recorder.plain.alone(100)
  const thousand = recorder.plain.alone(1000)
  contenders['recorder, not counted, 100'] = () => hundred.measure(runMs)
  contenders['recorder, not counted, 1000'] = () => thousand.measure(runMs)
  context.note(`${Object.keys(contenders).length} contenders, ${context.rounds} rounds`)
  // a lone caller is compared in rounds of its own: what thousands a second leave to write and vacuum would slow it alone
  const isLone = (name: string) => /^INSERT, one|, 1$/.test(name)
  const only = (lone: boolean) =>
    Object.fromEntries(Object.entries(contenders).filter(([name]) => isLone(name) === lone))
  const lone = await interleave(only(true), context.rounds)
  const many = { ...only(false), 'INSERT, one connection': contenders['INSERT, one connection'] ?? copy.measure }
  const samples: Record<string, number[]> = { ...lone, ...(await interleave(many, context.rounds)) }
  const of = (name: string) => samples[name] ?? []
  const [single, pool, limit] = [of('INSERT, one connection'), of('INSERT, pool of ten'), of('COPY')]

  const results: BenchResult[] = ['INSERT, one connection', 'INSERT, pool of ten', 'COPY'].map(what => ({
    what,
    unit: 'rows/s',
    value: spread(of(what)),
    ratios: [{ to: 'INSERT', value: ratio(of(what), single) }],
  }))
  for (const kind of ['plain', 'not counted', 'mix'] as const) {
    for (const count of callers) {
      if (kind === 'not counted' && count < 100) continue
      const rates = of(`recorder, ${kind}, ${count}`)
      const toInsert = ratio(rates, count === 1 ? (lone['INSERT, one connection'] ?? []) : single)
      const toCopy = ratio(rates, limit)
      results.push({
        what: `recorder, ${kind}, ${count} caller${count === 1 ? '' : 's'}`,
        unit: 'facts/s',
        value: spread(rates),
        ratios: [
          { to: 'INSERT', value: toInsert },
          ...(count === 1
            ? []
            : [
                { to: 'pool of ten', value: ratio(rates, pool) },
                { to: 'COPY', value: toCopy },
              ]),
        ],
        ...targetOf(kind, count, toInsert.median, toCopy.median, 1 / toInsert.median),
      })
    }
  }
  const costs = {
    'INSERT, one connection': one,
    'INSERT, pool of ten': ten,
    COPY: copy,
    'recorder, 100 callers': hundred,
    'recorder, 1000 callers': thousand,
  }
  for (const [what, { cpuUs }] of Object.entries(costs)) {
    const samples = cpuUs.slice(-context.rounds)
    const ratios = [{ to: 'COPY', value: ratio(samples, copy.cpuUs.slice(-context.rounds)) }]
    results.push({ what: `processor time of PostgreSQL, ${what}`, unit: 'µs/row', value: spread(samples), ratios })
  }
  return [...results, ...(await recorder.mix.results()), ...(await recorder.plain.results())]
}

function targetOf(
  kind: string,
  count: number,
  toInsert: number,
  toCopy: number,
  slower: number,
): Pick<BenchResult, 'target'> {
  if (count === 1 && kind === 'plain')
    return { target: { text: 'at most 1.5 × the time of an INSERT', met: slower <= 1.5 } }
  if (count === 100 && kind === 'plain') return { target: { text: 'at least 12 × INSERT', met: toInsert >= 12 } }
  if (count === 1000 && kind === 'plain') return { target: { text: 'at least 0.5 × COPY', met: toCopy >= 0.5 } }
  return {}
}

async function insertOneByOne(context: BenchContext, connections: number) {
  const database = await databaseWithUsers(context, users)
  const { meter, samples } = createServerMeter(database)
  const pool = new pg.Pool({ connectionString: database.url, max: connections })
  pool.on('error', () => undefined) // a connection that is being closed may hear that its database is dropped
  context.onEnd(() => pool.end())
  const insert = async () => {
    const { id, userId, eventType, metadata, at, requestId } = searchFact()
    await pool.query({ name: 'insert', text: INSERT_EVENT, values: [id, userId, eventType, metadata, at, requestId] })
    return 1
  }
  return {
    measure: (runMs: number) => meter(() => ratePerSecond(connections, runMs, insert)),
    cpuUs: samples,
  }
}

async function copyRows(context: BenchContext, count: number) {
  const database = await databaseWithUsers(context, users)
  const { meter, samples } = createServerMeter(database)
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  context.onEnd(() => client.end())
  const measure = async () => {
    const rows = Array.from({ length: count }, () => {
      const { id, userId, eventType, metadata, at, requestId } = searchFact()
      return `${[id, userId, eventType, JSON.stringify(metadata), at.toISOString(), requestId].join('\t')}\n`
    })
    const chunks: string[] = []
    for (let first = 0; first < rows.length; first += 500) chunks.push(rows.slice(first, first + 500).join(''))
    return meter(async () => {
      const begun = performance.now()
      await pipeline(Readable.from(chunks), client.query(copyFrom(COPY_EVENTS)))
      return (count / (performance.now() - begun)) * 1000
    })
  }
  return { measure, cpuUs: samples }
}

/** The recorder as the bot composes it, with its aggregator; each run has users without events on that day. */
async function measuredRecorder(context: BenchContext, kind: 'plain' | 'mix') {
  const runs = (callers.length + 2) * (context.rounds + 1)
  const database = await databaseWithUsers(context, users * runs)
  const { recorder, analytics, countedPerSecond } = await openRecording(context, database)
  let run = 0
  let messages = 0
  const workOfRun = () => {
    const first = 1 + users * run++
    return async () => {
      const facts = kind === 'plain' ? [searchFact(first)] : messageFacts(messages++, first)
      for (const fact of facts) await recorder.submit(fact)
      return facts.length
    }
  }
  return {
    measure: (count: number, runMs: number): Promise<number> => countedPerSecond(count, runMs, workOfRun()),
    /** With nothing counting beside it; that comes when the time is over. */
    alone: (count: number) => {
      const { meter, samples } = createServerMeter(database)
      const measure = async (runMs: number) => {
        const rate = await meter(() => ratePerSecond(count, runMs, workOfRun()))
        await analytics.refresh()
        return rate
      }
      return { measure, cpuUs: samples }
    },
    /** What else must be known of the runs. */
    results: async (): Promise<BenchResult[]> => {
      const [row] = await database.sql<{ events: string; days: string }>(
        `select (select count(*) from user_events) as events, (select sum(events) from user_days) as days`,
      )
      if (row === undefined || row.events !== row.days) throw new Error(`totals differ from the events of ${kind}`)
      return [
        {
          what: `events stored and counted, ${kind}`,
          unit: 'rows',
          value: spread([Number(row.events)]),
          remark: 'totals equal the events',
        },
      ]
    },
  }
}
