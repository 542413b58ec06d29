import type { OutboundFetch } from '../../../process/outbound.ts'
import type { Sleep } from '../../../process/sleep.ts'
import type { Log } from '../../log.ts'
import type { BeatOutcome, DeliveryMetrics } from '../delivery/metrics.ts'
import { callHttp } from './http-call.ts'
import { tryDelivery } from './try-delivery.ts'

export interface HeartbeatDeps {
  url: string
  fetch: OutboundFetch
  sleep: Sleep
  log: Log
  metrics: Pick<DeliveryMetrics, 'beat'>
  /** Why the bot is not well; undefined if it is. */
  problem: () => Promise<string | undefined>
  timeoutMs?: number
}

/** Asks a watcher's address by GET, unless the bot is not well: the watcher calls the operator when that stops. Never rejects. */
export function createHeartbeat({ url, fetch, sleep, log, metrics, problem, timeoutMs = 10_000 }: HeartbeatDeps) {
  let last: BeatOutcome = 'ok'

  const beat = async (): Promise<BeatOutcome> => {
    const found = await problem().catch(() => 'checks failed')
    if (found !== undefined) {
      if (last !== 'withheld') log.warn('maintenance', { task: 'heartbeat', detail: `withheld: ${found}` })
      return 'withheld'
    }
    try {
      const get = async () => {
        await callHttp({ channel: 'heartbeat', fetch, method: 'GET', url, timeoutMs })
      }
      await tryDelivery('heartbeat', get, sleep)
      return 'ok'
    } catch (err) {
      if (last !== 'failed') log.error('maintenance_failed', { task: 'heartbeat', err })
      return 'failed'
    }
  }
  return async (): Promise<void> => {
    last = await beat()
    metrics.beat(last)
  }
}
