import { expect, test } from 'vitest'
import { createDeliveryReport } from './delivery-report.ts'
import { type Log, silentLog } from './log.ts'
import type { PushRefusal } from './log-metrics.ts'

function setup(address = 'http://user:secret@loki.example:3100/path') {
  const told: object[] = []
  const log: Log = { ...silentLog, warn: (event, fields) => told.push({ event, ...fields }) }
  const clock = { ms: 0 }
  const report = createDeliveryReport(log, address, () => new Date(clock.ms))
  return { told, clock, report }
}
const refusal = (given: Partial<PushRefusal>): PushRefusal => ({
  ...{ outcome: 'unexpected', status: 200, mediaType: 'html', count: 1 },
  ...given,
})

test('each answer is reported with its status and host, and no credentials', () => {
  const { told, report } = setup()

  report([refusal({}), refusal({ outcome: 'failed', status: 401, mediaType: 'text', count: 3 })])

  expect(told).toMatchObject([
    { event: 'logs_waiting', outcome: 'unexpected', status: 200, address: 'loki.example:3100', count: 1 },
    { event: 'logs_waiting', outcome: 'failed', status: 401, address: 'loki.example:3100', count: 3 },
  ])
  expect(JSON.stringify(told)).toContain('a login page')
  expect(JSON.stringify(told)).not.toContain('secret')
})

test('an answer that goes on is reported once a minute, with what came since', () => {
  const { told, clock, report } = setup()

  for (let second = 0; second <= 180; second++) {
    clock.ms = second * 1000
    report([refusal({ count: second + 1 })])
  }

  expect(told).toMatchObject([{ count: 1 }, { count: 60 }, { count: 60 }, { count: 60 }])
})

test('nothing is reported when nothing new came, or nothing at all', () => {
  const { told, clock, report } = setup()

  report([])
  report([refusal({})])
  clock.ms = 600_000
  report([refusal({})])

  expect(told).toHaveLength(1)
})
