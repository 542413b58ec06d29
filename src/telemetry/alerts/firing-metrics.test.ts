import { expect, test } from 'vitest'
import { createRegistry } from '../registry.ts'
import type { Alert } from './alert.ts'
import { createFiringMetrics } from './firing-metrics.ts'

const alert: Alert = {
  name: 'EventsLost',
  severity: 'critical',
  component: 'events',
  labels: { env: 'test' },
  summary: 'События потеряны',
  description: '',
  firstStep: '',
  runbook: '',
  users: null,
  lastError: null,
  since: new Date(0),
  endedAt: null,
}

test('each rule shows how many of its alerts fire, and 0 again once they have ended', async () => {
  const register = createRegistry({ serviceName: 'vkusvill-bot', env: 'test' })
  const show = createFiringMetrics(register, ['EventsLost', 'LogsLost'])
  const shown = async () => {
    const { values = [] } = (await register.getSingleMetric('bot_alerts_firing')?.get()) ?? {}
    return Object.fromEntries(values.map(({ labels, value }) => [labels.alert, value]))
  }

  expect(await shown()).toEqual({ EventsLost: 0, LogsLost: 0 })
  show([alert, { ...alert, labels: { env: 'test', reason: 'refused' } }])
  expect(await shown()).toEqual({ EventsLost: 2, LogsLost: 0 })
  show([alert, { ...alert, labels: { env: 'test', reason: 'refused' }, endedAt: new Date(1) }])
  expect(await shown()).toEqual({ EventsLost: 1, LogsLost: 0 })
})
