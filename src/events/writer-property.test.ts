import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isAboutDatum } from '../db/database-error.ts'
import { postgresFailure } from '../db/testing/postgres-failure.ts'
import { TimeoutError } from '../errors.ts'
import { silentLog } from '../telemetry/log.ts'
import { createRegistry } from '../telemetry/registry.ts'
import type { Batch } from './event-store.ts'
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
  ...{ at: new Date('2026-03-10T09:00:00Z'), calls: 1, tokens: 10, costRub: 0.5 },
})
const numberOf = (fact: { id: string }) => Number(fact.id.slice(-12))

/** PostgreSQL as far as batches go: one that was applied is known by its id. */
function scriptedStore(answers: readonly Answer[]) {
  const applied: number[] = []
  const known = new Set<string>()
  /** A value that cannot be stored cannot be stored the next time either. */
  const rejections = new Map<number, string>()
  const script = [...answers]
  const store = ({ id, facts }: Batch) => {
    if (known.has(id)) return
    known.add(id)
    applied.push(...facts.map(numberOf))
  }
  return {
    applied,
    apply: async (batch: Batch) => {
      const next = script.shift() ?? { kind: 'stores' }
      if (next.kind === 'fails') throw postgresFailure(next.code)
      const isNew = !known.has(batch.id)
      if (next.kind === 'rejects' && batch.facts.some(fact => numberOf(fact) === next.victim))
        rejections.set(next.victim, next.code)
      const code = batch.facts.map(fact => rejections.get(numberOf(fact))).find(found => found !== undefined)
      if (code !== undefined && isNew) throw postgresFailure(code)
      store(batch)
      if (next.kind === 'stores, the answer is lost') throw new TimeoutError('postgres', 5_000)
      return batch.facts.map(() => null)
    },
  }
}

test('whatever PostgreSQL answers, and whenever the process dies, a fact is applied once, in order, or is in the dead letters', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ users, answers, killAfter, disk, together }) => {
      const store = scriptedStore(answers)
      const dataDir = mkdtempSync(join(tmpdir(), 'property-'))
      /** A kill between a dead letter and the end of its batch brings the same one twice; a replay applies it once. */
      const rejected = new Set<number>()
      const diskAnswers = [...disk]
      const start = () => {
        let isDead = false
        const spool = createSpool(dataDir)
        const watched: Spool = {
          ...spool,
          add: async batch => {
            if (diskAnswers.shift() === false) throw new Error('ENOSPC')
            await spool.add(batch)
          },
          reject: fact =>
            isDead ? new Promise<never>(() => undefined) : Promise.resolve(void rejected.add(numberOf(fact))),
        }
        const recorder = createRecorder({
          store: { apply: batch => (isDead ? new Promise<never>(() => undefined) : store.apply(batch)) },
          spool: watched,
          log: silentLog,
          register: createRegistry({ serviceName: 'test', env: 'test' }),
          sleep: () => (isDead ? new Promise<never>(() => undefined) : new Promise(setImmediate)),
        })
        const kill = () => {
          isDead = true
        }
        return { recorder, kill }
      }

      /** Never acknowledged: a kill may lose them. */
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
      await process.recorder.start()
      await expect.poll(() => process.recorder.waiting(), { interval: 1, timeout: 5_000 }).toBe(0)
      await process.recorder.stop()

      const dealtWith = [...store.applied, ...rejected]
      const lost = users.map((_, n) => n).filter(n => !dealtWith.includes(n))
      expect(new Set(dealtWith).size).toBe(dealtWith.length)
      expect(store.applied).toEqual([...store.applied].sort((a, b) => a - b))
      expect(killAfter === null ? lost : lost.filter(n => !atRisk.includes(n))).toEqual([])
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 150) },
  )
})

test('a fact comes back from disk as it was written', () => {
  expect(readFact(JSON.parse(JSON.stringify(usage(1, 7))))).toEqual(usage(1, 7))
})
