import type { Log } from '../../telemetry/log.ts'

/**
 * Warns whenever other processes appear on the same inbox while this one has no Redis to share streams and pace through.
 * Called with how many others there are.
 */
export function createSecondProcessWarning({ redisUrl, log }: { redisUrl: string | undefined; log: Log }) {
  let hadOthers = false
  return (others: number): void => {
    if (others > 0 && !hadOthers && redisUrl === undefined)
      log.warn('setting_warning', {
        setting: 'REDIS_URL',
        detail:
          'another bot works on the same inbox: without Redis each of them uses GIGACHAT_CONCURRENCY streams and MCP_REQUESTS_PER_SECOND',
      })
    hadOthers = others > 0
  }
}
