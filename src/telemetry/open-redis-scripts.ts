import { createRedisScripts, type RedisScripts } from '../process/redis-scripts.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Log } from './log.ts'

export interface OpenRedisScriptsDeps {
  settings: { redisUrl?: string | undefined }
  log: Log
  now: () => Date
  teardown: Teardown
}

/** Opens what processes share streams and pace through, undefined without Redis. An outage is logged once. */
export function openRedisScripts({ settings, log, now, teardown }: OpenRedisScriptsDeps): RedisScripts | undefined {
  const { redisUrl: url } = settings
  if (url === undefined) return undefined
  const onUnavailable = (err: unknown) => log.warn('upstream_failed', { upstream: 'redis', operation: 'share', err })
  const scripts = createRedisScripts({ url, now, onUnavailable })
  teardown.add(() => scripts.close())
  return scripts
}
