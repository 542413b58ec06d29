import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { UpstreamError } from '../errors.ts'
import { silentLog } from '../telemetry/log.ts'
import { createRegistry } from '../telemetry/registry.ts'
import { batchLimit } from './batches.ts'
import type { Batch } from './event-store.ts'
import { createFactWriter } from './fact-writer.ts'
import type { MessageFact } from './facts.ts'
import { createSpool } from './spool.ts'

const message = (n: number, userId: number): MessageFact => ({
  kind: 'message',
  id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  userId,
  at: new Date('2026-03-10T09:00:00Z'),
  requestId: null,
})

/** A writer whose batches wait until the test answers them. */
function setup() {
  const inFlight: { batch: Batch; answer: () => void; fail: () => void }[] = []
  let most = 0
  const stored: number[] = []
  const apply = (batch: Batch) =>
    new Promise<null[]>((resolve, reject) => {
      const flight = {
        batch,
        answer: () => {
          inFlight.splice(inFlight.indexOf(flight), 1)
          stored.push(...batch.facts.map(({ id }) => Number(id.slice(-12))))
          resolve(batch.facts.map(() => null))
        },
        fail: () => {
          inFlight.splice(inFlight.indexOf(flight), 1)
          reject(new UpstreamError('postgres', null, 'no connection', true))
        },
      }
      inFlight.push(flight)
      most = Math.max(most, inFlight.length)
    })
  const spool = createSpool(mkdtempSync(join(tmpdir(), 'writer-')))
  const writer = createFactWriter({
    store: { apply },
    spool,
    log: silentLog,
    register: createRegistry({ serviceName: 'test', env: 'test' }),
    sleep: async () => undefined,
  })
  /** Answers what comes, the newest first: the order that must not matter. */
  const answerAll = async (submitted: readonly Promise<{ state: string }>[]) => {
    let isOpen = true
    const receipts = Promise.all(submitted).finally(() => {
      isOpen = false
    })
    while (isOpen || writer.waiting() > 0 || inFlight.length > 0) {
      inFlight.at(-1)?.answer()
      await new Promise(resolve => setImmediate(resolve))
    }
    return receipts
  }
  return { writer, spool, inFlight, stored, answerAll, most: () => most }
}

/** Long enough for callers who were answered to have submitted the next fact. */
const turn = () => new Promise(resolve => setImmediate(resolve))

test('facts submitted in one turn go together, as those do of callers who were answered together', async () => {
  const { writer, inFlight } = setup()
  const caller = async (n: number) => {
    await writer.submit(message(2 * n, n))
    await writer.submit(message(2 * n + 1, n))
  }
  const callers = Array.from({ length: 9 }, (_, n) => caller(n))
  const inEachFlight: number[][] = []

  while (inEachFlight.length < 2) {
    await turn()
    inEachFlight.push(inFlight.map(({ batch }) => batch.facts.length))
    inFlight[0]?.answer()
  }
  await Promise.all(callers)

  expect(inEachFlight).toEqual([[9], [9]])
})

test('a fact that is submitted while the writer stops is stored first', async () => {
  const { writer, stored, answerAll } = setup()

  const receipt = writer.submit(message(1, 1))
  const stopped = writer.stop()
  await answerAll([receipt])
  await stopped

  expect(stored).toEqual([1])
})

test('while less than a full batch waits one is in flight', async () => {
  const { writer, inFlight, answerAll, most } = setup()

  const first = writer.submit(message(0, 0))
  await turn()
  const others = Array.from({ length: batchLimit - 1 }, (_, n) => writer.submit(message(n + 1, n + 1)))
  await turn()

  expect(inFlight.map(({ batch }) => batch.facts.length)).toEqual([1])
  await answerAll([first, ...others])
  expect(most()).toBe(1)
})

test('a full batch goes beside the one in flight without its users, and the facts of a user keep their order', async () => {
  const { writer, inFlight, stored, answerAll, most } = setup()
  const userOf = (n: number) => (n === 300 ? 0 : n % 900)
  const count = 6 * batchLimit

  const one = writer.submit(message(0, userOf(0)))
  await turn()
  const others = Array.from({ length: count - 1 }, (_, n) => writer.submit(message(n + 1, userOf(n + 1))))
  const all = [one, ...others]

  const [first, second] = inFlight.map(({ batch }) => batch.facts.map(({ userId }) => userId))
  expect(first).toEqual([0])
  expect(second).toHaveLength(batchLimit - 1)
  expect(second).not.toContain(0)
  await answerAll(all)
  expect(most()).toBe(2)
  expect(stored).toHaveLength(count)
  const last = new Map<number, number>()
  for (const n of stored) {
    expect(last.get(userOf(n)) ?? -1).toBeLessThan(n)
    last.set(userOf(n), n)
  }
})

test('a single user with many facts has one batch in flight', async () => {
  const { writer, stored, answerAll, most } = setup()

  const all = Array.from({ length: 3 * batchLimit }, (_, n) => writer.submit(message(n, 7)))
  await answerAll(all)

  expect(most()).toBe(1)
  expect(stored).toEqual(Array.from({ length: 3 * batchLimit }, (_, n) => n))
})

test('of two batches in flight one fails: its facts wait on disk, those of the other are stored, and all arrive in order', async () => {
  const { writer, spool, inFlight, stored, answerAll } = setup()
  const count = 3 * batchLimit
  const one = writer.submit(message(0, 0))
  await turn()
  const others = Array.from({ length: count - 1 }, (_, n) => writer.submit(message(n + 1, (n + 1) % 600)))
  const all = [one, ...others]

  const [first, second] = [...inFlight]
  second?.fail()
  await expect.poll(() => spool.size()).toBeGreaterThan(0)
  first?.answer()
  const states = (await answerAll(all)).map(({ state }) => state)
  await writer.stop()

  expect(states.filter(state => state === 'spooled').length).toBeGreaterThanOrEqual(batchLimit - 1)
  expect([...stored].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, n) => n))
  const last = new Map<number, number>()
  for (const n of stored) {
    expect(last.get(n % 600) ?? -1).toBeLessThan(n)
    last.set(n % 600, n)
  }
})
