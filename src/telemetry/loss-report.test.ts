import { expect, test } from 'vitest'
import { silentLog } from './log.ts'
import { createLossReport } from './loss-report.ts'
import { noShipping } from './shipping-stats.ts'

function setup() {
  const logged: object[] = []
  let ms = 0
  const report = createLossReport({ ...silentLog, warn: (_event, fields) => logged.push(fields) }, () => new Date(ms))
  const lost = (spoolFull: number, rejected = 0) => ({ ...noShipping().lost, spool_full: spoolFull, rejected })
  const pass = (seconds: number) => {
    ms += seconds * 1000
  }
  return { logged, report, lost, pass }
}

test('nothing is logged if nothing was lost', () => {
  const { logged, report, lost } = setup()

  report(lost(0), true)

  expect(logged).toEqual([])
})

test('the first loss is logged immediately, later ones once a minute and only the difference', () => {
  const { logged, report, lost, pass } = setup()

  report(lost(10))
  pass(59)
  report(lost(15, 2))
  pass(1)
  report(lost(20, 2))
  pass(60)
  report(lost(20, 2))

  expect(logged).toEqual([
    { reason: 'spool_full', count: 10 },
    { reason: 'spool_full', count: 10 },
    { reason: 'rejected', count: 2 },
  ])
})

test('before the end a loss is logged without waiting', () => {
  const { logged, report, lost } = setup()

  report(lost(10))
  report(lost(11), true)

  expect(logged).toEqual([
    { reason: 'spool_full', count: 10 },
    { reason: 'spool_full', count: 1 },
  ])
})
