import { expect, test } from 'vitest'
import { createDeliveryReport } from './delivery-report.ts'
import { type Log, silentLog } from './log.ts'
import type { PushRefusal } from './shipping-stats.ts'

function setup(address = 'http://user:secret@loki.example:3100/path') {
  const logged: object[] = []
  const log: Log = { ...silentLog, warn: (event, fields) => logged.push({ event, ...fields }) }
  const clock = { ms: 0 }
  const report = createDeliveryReport(log, address, () => new Date(clock.ms))
  return { logged, clock, report }
}
const refusal = (given: Partial<PushRefusal>): PushRefusal => ({
  outcome: 'unexpected',
  status: 200,
  mediaType: 'html',
  count: 1,
  ...given,
})

test('each answer is reported with its status and host, and no credentials', () => {
  const { logged, report } = setup()

  report([refusal({}), refusal({ outcome: 'failed', status: 401, mediaType: 'text', count: 3 })])

  expect(logged).toMatchObject([
    { event: 'logs_waiting', outcome: 'unexpected', status: 200, address: 'loki.example:3100', count: 1 },
    { event: 'logs_waiting', outcome: 'failed', status: 401, address: 'loki.example:3100', count: 3 },
  ])
  expect(JSON.stringify(logged)).toContain('a login page')
  expect(JSON.stringify(logged)).not.toContain('secret')
})

test('a repeated answer is reported once a minute, with its count since the last report', () => {
  const { logged, clock, report } = setup()

  for (let second = 0; second <= 180; second++) {
    clock.ms = second * 1000
    report([refusal({ count: second + 1 })])
  }

  expect(logged).toMatchObject([{ count: 1 }, { count: 60 }, { count: 60 }, { count: 60 }])
})

test('nothing is reported without new answers', () => {
  const { logged, clock, report } = setup()

  report([])
  report([refusal({})])
  clock.ms = 600_000
  report([refusal({})])

  expect(logged).toHaveLength(1)
})
