import { expect, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../test/support/metrics.ts'
import { UpstreamError } from '../errors.ts'
import { type Log, silentLog } from '../telemetry/log.ts'
import { type DayReading, mapNumbers, type ReadDay } from './day-reading.ts'
import { createNightlyReconciliation } from './nightly.ts'
import { createReconciler } from './reconcile.ts'
import type { ReconciledRow, ReconcileStore } from './reconcile-store.ts'

const minute = 60_000
const reading: DayReading = {
  numbers: mapNumbers(() => 5),
  tolerance: mapNumbers(() => 0),
  models: {},
  signs: [],
  linesLost: 0,
}

/** A store in memory, shared by several replicas. */
function fakeStore(clock: () => number) {
  const saved: { date: string; rows: readonly ReconciledRow[]; checkedAt: Date }[] = []
  let isLocked = false
  const store: ReconcileStore = {
    readDay: async date => ({
      window: { from: new Date(`${date}T00:00:00Z`), to: new Date(Date.parse(`${date}T00:00:00Z`) + 24 * 60 * minute) },
      numbers: mapNumbers(() => 5),
      fromEvents: { carts: 5, errors: 5 },
      models: [],
    }),
    save: async (date, rows, checkedAt) => void saved.push({ date, rows, checkedAt }),
    latest: async () => ({ checkedAt: saved.at(-1)?.checkedAt ?? new Date(0), rows: [...(saved.at(-1)?.rows ?? [])] }),
    isChecked: async date => saved.some(s => s.date === date && s.checkedAt.getTime() <= clock()),
    alone: async work => {
      if (isLocked) return false
      isLocked = true
      await work().finally(() => {
        isLocked = false
      })
      return true
    },
  }
  return { store, saved }
}

function setup({ loki = async () => reading }: { loki?: ReadDay } = {}) {
  let at = Date.parse('2026-03-11T03:09:00Z')
  const clock = () => at
  const { store, saved } = fakeStore(clock)
  const notices: string[] = []
  const failures: string[] = []
  const log: Log = { ...silentLog, error: event => void failures.push(event) }
  const now = () => new Date(at)
  const replica = (changed: Partial<ReconcileStore> = {}) => {
    const register = createTestRegistry()
    const own = { ...store, ...changed }
    const reconciler = createReconciler({
      store: own,
      refresh: async () => undefined,
      loki,
      prometheus: 'not_configured',
      now,
    })
    const notify = async (text: string) => void notices.push(text)
    const nightly = createNightlyReconciliation({
      reconciler,
      store: own,
      timeZone: 'UTC',
      register,
      log,
      now,
      notify,
    })
    const difference = () => metricValue(register, 'bot_reconciliation_difference', { number: 'carts', source: 'loki' })
    const lastRun = () => metricValue(register, 'bot_reconciliation_last_run_timestamp_seconds')
    return { run: nightly.run, difference, lastRun }
  }
  return {
    saved,
    notices,
    failures,
    replica,
    pass: (minutes: number) => {
      at += minutes * minute
    },
  }
}

test('yesterday is checked once, at the time and not before', async () => {
  const { replica, saved, notices, pass } = setup()
  const { run, lastRun } = replica()

  await run()
  const before = saved.length
  for (let i = 0; i < 5; i++) {
    pass(1)
    await run()
  }

  expect(before).toBe(0)
  expect(saved.map(({ date }) => date)).toEqual(['2026-03-10'])
  expect(await lastRun()).toBe(Date.parse('2026-03-11T03:10:00Z') / 1000)
  expect(notices).toEqual([])
})

test('a bot that was down at that time does it later, and the next day again', async () => {
  const { replica, saved, pass } = setup()
  const { run } = replica()

  pass(9 * 60)
  await run()
  pass(24 * 60)
  await run()

  expect(saved.map(({ date }) => date)).toEqual(['2026-03-10', '2026-03-11'])
})

test('a difference is sent to the admins, stored and exported as a metric', async () => {
  const loki = async () => ({ ...reading, numbers: { ...reading.numbers, carts: 3 } })
  const { replica, saved, notices, pass } = setup({ loki })
  const { run, difference } = replica()

  pass(1)
  await run()

  expect(notices).toEqual([
    '⚠️ Сверка за 2026-03-10: числа расходятся\nКорзины: PostgreSQL 5, Loki 3 (причина неизвестна)',
  ])
  expect(saved[0]?.rows[0]).toEqual({
    number: 'carts',
    postgres: 5,
    loki: 3,
    prometheus: null,
    difference: -2,
    cause: 'причина неизвестна',
  })
  expect(saved[0]?.rows[1]?.cause).toBeNull()
  expect(await difference()).toBe(-2)
})

test('of three replicas one checks and notifies, all export the result', async () => {
  const loki = async () => ({ ...reading, numbers: { ...reading.numbers, carts: 3 } })
  const { replica, saved, notices, pass } = setup({ loki })
  const replicas = [replica(), replica(), replica()]

  pass(1)
  await Promise.all(replicas.map(({ run }) => run()))
  pass(1)
  await Promise.all(replicas.map(({ run }) => run()))

  expect([saved.length, notices.length]).toEqual([1, 1])
  expect(await Promise.all(replicas.map(({ difference }) => difference()))).toEqual([-2, -2, -2])
})

test('an unreachable source is queried again later and reported after the third time', async () => {
  let asked = 0
  const loki: ReadDay = async () => {
    asked++
    throw new UpstreamError('loki', null, 'no connection', true)
  }
  const { replica, saved, notices, pass } = setup({ loki })
  const { run } = replica()

  pass(1)
  await run()
  pass(1)
  await run()
  const early = asked
  for (const minutes of [10, 10, 10]) {
    pass(minutes)
    await run()
  }

  expect(early).toBe(1)
  expect(asked).toBe(3)
  expect(saved).toHaveLength(1)
  expect(notices).toEqual(['⚠️ Сверка за 2026-03-10: сверено не всё\nLoki: не отвечает'])
})

test('a check that fails without PostgreSQL is repeated', async () => {
  const { replica, saved, failures, pass } = setup()
  let isDown = true
  const { run } = replica({
    alone: async work => {
      if (isDown) throw new UpstreamError('postgres', null, 'no connection', true)
      await work()
      return true
    },
  })

  pass(1)
  await run()
  isDown = false
  pass(10)
  await run()

  expect(failures).toEqual(['maintenance_failed'])
  expect(saved).toHaveLength(1)
})
