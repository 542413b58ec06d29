import type { Teardown } from '../process/teardown.ts'
import { type AggregatorDeps, createAggregator } from './aggregator.ts'
import { createLifecycle, type LifecycleDeps } from './lifecycle.ts'

export interface UpkeepDeps extends Omit<AggregatorDeps, 'everyMs'>, Omit<LifecycleDeps, 'archive' | 'analytics'> {
  teardown: Teardown
}

/** Starts the background work of the numbers: totals every few seconds, retention once a day. */
export function startUpkeep({ url, analytics, timeZone, log, register, now, teardown }: UpkeepDeps): void {
  const aggregator = createAggregator({ analytics, log, register, now })
  aggregator.start()
  teardown.add(() => aggregator.stop())
  const lifecycle = createLifecycle({ url, analytics, timeZone, log, now })
  lifecycle.start()
  teardown.add(() => lifecycle.stop())
}
