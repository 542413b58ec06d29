import { Registry } from 'prom-client'
import type { MetricRegistry } from '../../telemetry/registry.ts'
import { createShop, type ShopDeps, type ShopLimits } from '../create-shop.ts'
import { recordingLog } from './recording-log.ts'
import { createTestClock } from './test-clock.ts'

/** Creates the shop client for `mcpUrl`, with a fake clock, recorded log lines and metrics; its process started long ago. */
export function setupShop(
  mcpUrl: string,
  limits: Partial<ShopLimits> = {},
  use: Pick<ShopDeps, 'redis' | 'elapsedMs'> = {},
) {
  const clock = createTestClock()
  const { log, lines } = recordingLog()
  const register: MetricRegistry = new Registry()
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  const { now, sleep } = clock
  const elapsedMs = () => now().getTime()
  const shop = createShop({
    ...{ mcpUrl, log, register, now, elapsedMs, sleep, version: '1.2.3', random: () => 0.5, limits },
    ...use,
  })
  /** Value of a counter or gauge, summed over all series with these labels. */
  const metric = async (name: string, labels: Record<string, string> = {}) => {
    const values = (await register.getSingleMetric(name)?.get())?.values ?? []
    const matching = values.filter(({ labels: all }) =>
      Object.entries(labels).every(([key, value]) => Object.entries(all).some(([k, v]) => k === key && v === value)),
    )
    return matching.reduce((sum, { value }) => sum + value, 0)
  }
  return { shop, clock, lines, register, metric }
}
