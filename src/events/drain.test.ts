import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { postgresFailure } from '../db/testing/postgres-failure.ts'
import { type Log, silentLog } from '../telemetry/log.ts'
import { createRegistry } from '../telemetry/registry.ts'
import type { Batch } from './event-store.ts'
import type { MessageFact } from './facts.ts'
import { createRecorder } from './recorder.ts'
import { createSpool } from './spool.ts'

const message = (n: number, userId: number): MessageFact => ({
  ...{ kind: 'message', id: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, userId },
  at: new Date('2026-03-10T09:00:00Z'),
  requestId: null,
})
const usersOf = (facts: Batch['facts']) => facts.map(({ userId }) => userId)

/** A process on a folder: `fails` names the code with which PostgreSQL answers a batch, `pauses` holds what was waited. */
function setup({ fails, dataDir = mkdtempSync(join(tmpdir(), 'drain-')), pausesAtMost = Infinity }: Setup) {
  const stored: number[] = []
  const attempts: number[] = []
  const pauses: number[] = []
  const warned: unknown[] = []
  const log: Log = { ...silentLog, warn: (_, fields) => void warned.push('err' in fields && String(fields.err)) }
  const register = createRegistry({ serviceName: 'test', env: 'test' })
  const recorder = createRecorder({
    store: {
      apply: async ({ facts }) => {
        attempts.push(facts.length)
        const code = fails(usersOf(facts))
        if (code !== null) throw postgresFailure(code)
        stored.push(...usersOf(facts))
        return facts.map(() => null)
      },
    },
    spool: createSpool(dataDir),
    log,
    register,
    sleep: (ms, signal) => {
      pauses.push(ms)
      const isOver = pauses.length > pausesAtMost
      return new Promise(resolve => {
        if (!isOver || signal.aborted) setImmediate(resolve)
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
    },
  })
  const heldUsers = async () => (await register.getSingleMetric('bot_events_held_users')?.get())?.values[0]?.value
  return { recorder, dataDir, stored, attempts, pauses, warned, heldUsers }
}
interface Setup {
  fails: (users: number[]) => string | null
  dataDir?: string
  /** The pause after so many never ends. */
  pausesAtMost?: number
}

async function spooled(users: readonly number[]): Promise<string> {
  const { recorder, dataDir } = setup({ fails: () => '57P03', pausesAtMost: 0 })
  await Promise.all(users.map((userId, n) => recorder.submit(message(n, userId))))
  await recorder.stop()
  return dataDir
}
const everyone = Array.from({ length: 300 }, (_, n) => n + 1)

test('of a full backlog only the facts of the user that PostgreSQL fails on wait, counted and logged once', async () => {
  const dataDir = await spooled([...everyone, 7])
  const { recorder, stored, pauses, warned, heldUsers } = setup({
    dataDir,
    pausesAtMost: 3,
    fails: users => (users.includes(7) ? 'XX000' : null),
  })

  await recorder.start()
  await expect.poll(() => pauses.length).toBe(4)

  expect(stored.sort((a, b) => a - b)).toEqual(everyone.filter(userId => userId !== 7))
  expect(recorder.waiting()).toBe(2)
  expect(await heldUsers()).toBe(1)
  expect(pauses).toEqual([250, 500, 1000, 2000])
  expect(warned).toEqual([expect.stringContaining('SQLSTATE XX000')])
  await recorder.stop()
})

test('when nothing passes the backlog is not searched: after a few attempts one is made each pause', async () => {
  const dataDir = await spooled(everyone)
  const { recorder, stored, attempts, pauses } = setup({ dataDir, pausesAtMost: 10, fails: () => 'P0001' })

  void recorder.start()
  await expect.poll(() => pauses.length).toBe(11)

  expect(attempts.length).toBeLessThan(12 + 11)
  expect(pauses.slice(-3)).toEqual([5_000, 5_000, 5_000])
  expect(stored).toEqual([])
  expect(recorder.waiting()).toBe(300)
  await recorder.stop()
})

test('when nothing passed for a while and then everything does, all arrives', async () => {
  const dataDir = await spooled(everyone)
  let failures = 40
  const { recorder, stored } = setup({ dataDir, fails: () => (failures-- > 0 ? 'P0001' : null) })

  await recorder.start()
  await expect.poll(() => recorder.waiting()).toBe(0)

  expect(stored.sort((a, b) => a - b)).toEqual(everyone)
})

test('the next process holds the same user again, and stores what waited in order once it can', async () => {
  let code: string | null = 'P0001'
  const fails = (users: number[]) => (users.includes(7) ? code : null)
  const first = setup({ fails, pausesAtMost: 0 })
  await first.recorder.submit(message(1, 7))
  await first.recorder.submit(message(2, 7))
  await first.recorder.submit(message(3, 8))
  await first.recorder.stop()
  const second = setup({ fails, dataDir: first.dataDir })

  await second.recorder.start()
  await second.recorder.submit(message(4, 9))
  expect([second.stored, second.recorder.waiting()]).toEqual([[9], 2])
  code = null
  await expect.poll(() => second.recorder.waiting()).toBe(0)

  expect([first.stored, second.stored]).toEqual([[8], [9, 7, 7]])
})
