import { expect, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../test/support/metrics.ts'
import { type Log, silentLog } from '../telemetry/log.ts'
import { createAggregator } from './aggregator.ts'

function setup(refresh: () => Promise<number>) {
  const register = createTestRegistry()
  const logged: string[] = []
  const log: Log = { ...silentLog, error: event => void logged.push(event) }
  const analytics = { refresh, waiting: async () => 5 }
  const aggregator = createAggregator({ analytics, log, register, now: () => new Date(0) })
  const runs = (outcome: string) => metricValue(register, 'bot_aggregator_runs_total', { outcome })
  return { aggregator, register, logged, runs }
}

test('a failed run is counted, logged once per outage, and does not reject', async () => {
  let broken = true
  const { aggregator, logged, runs, register } = setup(async () => {
    if (broken) throw new Error('unavailable')
    return 0
  })

  await aggregator.run()
  await aggregator.run()
  const waiting = await metricValue(register, 'bot_aggregator_waiting')
  broken = false
  await aggregator.run()
  broken = true
  await aggregator.run()

  expect(logged).toEqual(['maintenance_failed', 'maintenance_failed'])
  expect([await runs('failed'), await runs('ok'), waiting]).toEqual([3, 1, 5])
})

const never = (): never => {
  throw new Error('no run is in progress')
}

test('it counts at the start, one run at a time, and stop waits for the run in progress', async () => {
  let finish: () => void = never
  let runs = 0
  const { aggregator } = setup(
    () =>
      new Promise(resolve => {
        runs++
        finish = () => resolve(0)
      }),
  )

  aggregator.start()
  const second = aggregator.run()
  let stopped = false
  const stopping = aggregator.stop().then(() => {
    stopped = true
  })
  await new Promise(setImmediate)
  const early = stopped
  finish()
  await Promise.all([second, stopping])

  expect([early, stopped, runs]).toEqual([false, true, 1])
})
