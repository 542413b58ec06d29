import { expect, test } from 'vitest'
import { createTestRegistry, metricValue } from '../../test/support/metrics.ts'
import { createAggregatorMetrics } from './metrics.ts'

test('the age grows from the start and from each successful run', async () => {
  const register = createTestRegistry()
  let at = 0
  const metrics = createAggregatorMetrics(
    register,
    () => new Date(at),
    () => 3,
  )
  const age = () => metricValue(register, 'bot_aggregator_age_seconds')

  at = 60_000
  const beforeAnyRun = await age()
  metrics.ran()
  at = 75_000
  metrics.failed()

  expect([beforeAnyRun, await age()]).toEqual([60, 15])
  expect(await metricValue(register, 'bot_aggregator_waiting')).toBe(3)
  expect(await metricValue(register, 'bot_aggregator_runs_total', { outcome: 'failed' })).toBe(1)
})
