import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAboutDatum, mayConcernOneStatement } from '../db/database-error.ts'
import { postgresFailure } from '../db/testing/postgres-failure.ts'
import { TimeoutError } from '../errors.ts'
import { silentLog } from '../telemetry/log.ts'
import { createRegistry } from '../telemetry/registry.ts'
import type { Batch, EventStore } from './event-store.ts'
import { readFact } from './fact-codec.ts'
import type { UsageFact } from './facts.ts'
import { createRecorder } from './recorder.ts'
import { createSpool, type Spool } from './spool.ts'

/** What PostgreSQL does with one attempt; each code stands for its class. */
type Answer =
  | { kind: 'stores' }
  | { kind: 'stores, the answer is lost' }
  | { kind: 'fails'; code: string }
  /** Says of this fact, when it is among those sent, that it cannot be stored, from then on. */
  | { kind: 'rejects'; victim: number; code: string }

const codes = [
  ...[
    '08006',
    '0A000',
    '21000',
    '22003',
    '22P02',
    '22023',
    '23502',
    '23514',
    '25006',
    '28P01',
    '3D000',
    '40001',
    '40P01',
  ],
  ...[
    '42501',
    '42804',
    '42883',
    '42P01',
    '44000',
    '53100',
    '53300',
    '54000',
    '55P03',
    '57P01',
    '58030',
    'P0001',
    'XX000',
  ],
]
const answer = (facts: number): fc.Arbitrary<Answer> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<Answer>({ kind: 'stores' }) },
    { weight: 1, arbitrary: fc.constant<Answer>({ kind: 'stores, the answer is lost' }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('fails' as const),
        code: fc.constantFrom(...codes.filter(code => !isAboutDatum(code))),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('rejects' as const),
        victim: fc.nat({ max: facts - 1 }),
        code: fc.constantFrom(...codes.filter(isAboutDatum)),
      }),
    },
  )
const scenario = fc.integer({ min: 1, max: 12 }).chain(facts =>
  fc.record({
    users: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: facts, maxLength: facts }),
    answers: fc.array(answer(facts), { maxLength: 40 }),
    /** After so many facts the process is killed and another one goes on; what was acknowledged must not be lost. */
    killAfter: fc.option(fc.nat({ max: facts - 1 }), { nil: null }),
    /** Whether the disk takes the next file. */
    disk: fc.array(fc.boolean(), { maxLength: 10 }),
    /** How many are handed over before the first of them is awaited. */
    together: fc.integer({ min: 1, max: 5 }),
  }),
)

// usage is added up: of all facts it is the one that a repeated application would count twice
const usage = (n: number, userId: number): UsageFact => ({
  ...{ kind: 'usage', id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, userId, requestId: null },
  at: new Date('2026-03-10T09:00:00Z'),
  calls: 1,
  tokens: 10,
  costRub: 0.5,
})
const numberOf = (fact: { id: string }) => Number(fact.id.slice(-12))

/** PostgreSQL as far as batches go: one that was applied is known by its id, also when the next attempt is answered with an error. */
function fakeStore(answer: (batch: Batch) => Answer) {
  const applied: number[] = []
  const known = new Set<string>()
  /** A value that cannot be stored cannot be stored the next time either. */
  const rejections = new Map<number, string>()
  const apply = async (batch: Batch) => {
    const { id, facts } = batch
    const given = answer(batch)
    if (given.kind === 'rejects' && facts.some(fact => numberOf(fact) === given.victim))
      rejections.set(given.victim, given.code)
    const rejected = facts.map(fact => rejections.get(numberOf(fact))).find(found => found !== undefined)
    const code = given.kind === 'fails' ? given.code : rejected
    const isKnown = known.has(id)
    if (code !== undefined && !(isKnown && mayConcernOneStatement(postgresFailure(code)))) throw postgresFailure(code)
    if (!isKnown) applied.push(...facts.map(numberOf))
    known.add(id)
    if (given.kind === 'stores, the answer is lost') throw new TimeoutError('postgres', 5_000)
    return facts.map(() => null)
  }
  return { applied, apply }
}

/** Processes that follow each other on one folder. */
function processes(apply: EventStore['apply'], diskAnswers: boolean[] = []) {
  const dataDir = mkdtempSync(join(tmpdir(), 'property-'))
  /** A kill between a dead letter and the end of its batch brings the same one twice; a replay applies it once. */
  const rejected = new Set<number>()
  const start = () => {
    let isDead = false
    const never = () => new Promise<never>(() => undefined)
    const spool = createSpool(dataDir)
    const watched: Spool = {
      ...spool,
      add: async batch => {
        if (diskAnswers.shift() === false) throw new Error('ENOSPC')
        await spool.add(batch)
      },
      reject: fact => (isDead ? never() : Promise.resolve(void rejected.add(numberOf(fact)))),
    }
    const recorder = createRecorder({
      store: { apply: batch => (isDead ? never() : apply(batch)) },
      spool: watched,
      log: silentLog,
      register: createRegistry({ serviceName: 'test', env: 'test' }),
      sleep: () => (isDead ? never() : new Promise(setImmediate)),
    })
    const kill = () => {
      isDead = true
    }
    return { recorder, kill }
  }
  return { start, rejected }
}

/** Submits a fact for each user, so many together, with a kill in between. Resolves to the last process and what a kill may lose. */
async function submitAll({ start }: ReturnType<typeof processes>, { users, together, killAfter }: Submission) {
  const atRisk: number[] = []
  let process = start()
  for (let n = 0; n < users.length; n += together) {
    const group = users.slice(n, n + together).map(async (userId, i) => {
      const fact = usage(n + i, userId)
      await process.recorder.submitDurably(fact).catch(() => atRisk.push(numberOf(fact)))
    })
    await Promise.all(group)
    if (killAfter === null || killAfter < n || killAfter >= n + together) continue
    process.kill()
    process = start()
    void process.recorder.start()
  }
  return { recorder: process.recorder, lostByKill: killAfter === null ? [] : atRisk }
}
interface Submission {
  users: readonly number[]
  together: number
  killAfter: number | null
}

const eventually = { interval: 1 }
const numRuns = Number(process.env.PROPERTY_RUNS ?? 150)
const isInOrder = (applied: readonly number[], users: readonly number[]) =>
  applied.every((n, at) => applied.slice(0, at).every(earlier => earlier < n || users[earlier] !== users[n]))

test('whatever PostgreSQL answers, and whenever the process dies, a fact is applied once, in order, or is in the dead letters', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ answers, disk, ...submission }) => {
      const script = [...answers]
      const { apply, applied } = fakeStore(() => script.shift() ?? { kind: 'stores' })
      const runs = processes(apply, [...disk])

      const { recorder, lostByKill } = await submitAll(runs, submission)
      await recorder.start()
      await expect.poll(() => recorder.waiting(), eventually).toBe(0)
      await recorder.stop()

      const dealtWith = [...applied, ...runs.rejected]
      const lost = submission.users.map((_, n) => n).filter(n => !dealtWith.includes(n))
      expect(new Set(dealtWith).size).toBe(dealtWith.length)
      expect(isInOrder(applied, submission.users)).toBe(true)
      expect(lost.filter(n => !lostByKill.includes(n))).toEqual([])
    }),
    { numRuns },
  )
})

const concerningOne = codes.filter(code => !isAboutDatum(code) && mayConcernOneStatement(postgresFailure(code)))
/** Whose facts fail, and with what. */
const oneSided = fc.record({
  failing: fc.uniqueArray(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }),
  code: fc.constantFrom(...concerningOne, '42P17', '57014', 'ZZ999'),
})

test('while PostgreSQL fails on the facts of some users, those of others are stored, and afterwards all are, once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, oneSided, async ({ answers: _, disk, ...submission }, { failing, code }) => {
      const { users } = submission
      let fails = true
      const { apply, applied } = fakeStore(({ facts }) =>
        fails && facts.some(({ userId }) => failing.includes(userId)) ? { kind: 'fails', code } : { kind: 'stores' },
      )
      const runs = processes(apply, [...disk])
      const all = users.map((_, n) => n)
      const ofOthers = all.filter(n => !failing.includes(users[n] ?? 0))
      const missing = (wanted: number[], lostByKill: number[]) =>
        wanted.filter(n => !applied.includes(n) && !lostByKill.includes(n))

      const { recorder, lostByKill } = await submitAll(runs, submission)
      await recorder.start()
      await expect.poll(() => missing(ofOthers, lostByKill), eventually).toEqual([])
      expect(applied.filter(n => !ofOthers.includes(n))).toEqual([])
      fails = false
      await expect.poll(() => recorder.waiting(), eventually).toBe(0)
      await recorder.stop()

      expect(missing(all, lostByKill)).toEqual([])
      expect(new Set(applied).size).toBe(applied.length)
      expect(isInOrder(applied, users)).toBe(true)
      expect(runs.rejected.size).toBe(0)
    }),
    { numRuns },
  )
})

test('a fact comes back from disk as it was written', () => {
  expect(readFact(JSON.parse(JSON.stringify(usage(1, 7))))).toEqual(usage(1, 7))
})
