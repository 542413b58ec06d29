import { Gauge } from 'prom-client'
import type { MetricRegistry } from '../registry.ts'
import type { OnAlerts } from './alert.ts'

/** Shows how many alerts fire in this process, by rule; `names` are those that it evaluates, 0 while they are silent. */
export function createFiringMetrics(register: MetricRegistry, names: readonly string[]): OnAlerts {
  const firing = new Gauge({
    name: 'bot_alerts_firing',
    help: 'Alerts that fire, as this process evaluates them without an Alertmanager, by rule',
    labelNames: ['alert'],
    registers: [register],
  })
  const show: OnAlerts = alerts => {
    for (const alert of names)
      firing.set({ alert }, alerts.filter(({ name, endedAt }) => name === alert && endedAt === null).length)
  }
  show([])
  return show
}
