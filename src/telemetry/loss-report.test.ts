import { expect, test } from 'vitest'
import { silentLog } from './log.ts'
import { noShipping } from './log-metrics.ts'
import { createLossReport } from './loss-report.ts'

function setup() {
  const told: object[] = []
  let ms = 0
  const report = createLossReport({ ...silentLog, warn: (_event, fields) => told.push(fields) }, () => new Date(ms))
  const lost = (spoolFull: number, rejected = 0) => ({ ...noShipping().lost, spool_full: spoolFull, rejected })
  const pass = (seconds: number) => {
    ms += seconds * 1000
  }
  return { told, report, lost, pass }
}

test('nothing lost, nothing said', () => {
  const { told, report, lost } = setup()

  report(lost(0), true)

  expect(told).toEqual([])
})

test('a loss is told at once, what follows once a minute and only what is new', () => {
  const { told, report, lost, pass } = setup()

  report(lost(10))
  pass(59)
  report(lost(15, 2))
  pass(1)
  report(lost(20, 2))
  pass(60)
  report(lost(20, 2))

  expect(told).toEqual([
    { reason: 'spool_full', count: 10 },
    { reason: 'spool_full', count: 10 },
    { reason: 'rejected', count: 2 },
  ])
})

test('before the end it is told without waiting', () => {
  const { told, report, lost } = setup()

  report(lost(10))
  report(lost(11), true)

  expect(told).toEqual([
    { reason: 'spool_full', count: 10 },
    { reason: 'spool_full', count: 1 },
  ])
})
