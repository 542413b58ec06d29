import { createRedisClient } from '../../process/redis-client.ts'
import type { Teardown } from '../../process/teardown.ts'
import type { MetricRegistry } from '../registry.ts'
import { createMetricSums, type MetricSums } from './metric-sums.ts'
import { probePrometheus } from './probe-prometheus.ts'
import { createServiceChecks } from './service-checks.ts'
import { createServiceWatch, type ServiceWatch } from './service-watch.ts'

export interface OpenServicesDeps {
  settings: {
    redisUrl?: string | undefined
    lokiUrl?: string | undefined
    prometheusUrl?: string | undefined
    llmProvider: 'gigachat' | 'openai'
    openAi: object | undefined
  }
  /** Asks PostgreSQL; rejects when it does not answer. */
  postgres: () => Promise<unknown>
  register: MetricRegistry
  now: () => Date
  teardown: Teardown
}

const redisTimeoutMs = 1_500

/** Opens the watch over the services in use, and starts it. */
export function openServices({ settings, postgres, register, now, teardown }: OpenServicesDeps): {
  services: ServiceWatch
  metrics: MetricSums
} {
  const { redisUrl, lokiUrl, prometheusUrl, llmProvider, openAi } = settings
  const metrics = createMetricSums(register)
  const checks = createServiceChecks({
    metrics,
    probes: {
      postgres,
      ...(redisUrl !== undefined && { redis: openRedisProbe(redisUrl, teardown) }),
      ...(prometheusUrl !== undefined && { prometheus: () => probePrometheus(prometheusUrl) }),
    },
    models: llmProvider === 'openai' ? ['openai'] : openAi === undefined ? ['gigachat'] : ['gigachat', 'openai'],
    ships: lokiUrl !== undefined,
  })
  const services = createServiceWatch({ checks, now })
  services.start()
  teardown.add(() => services.stop())
  return { services, metrics }
}

/** A connection of its own: those of the throttle, the lock and the dialogues must not wait behind it. */
function openRedisProbe(url: string, teardown: Teardown): () => Promise<unknown> {
  const redis = createRedisClient({ url, timeoutMs: redisTimeoutMs })
  teardown.add(() => redis.close())
  return async () => (await redis.connected()).ping()
}
