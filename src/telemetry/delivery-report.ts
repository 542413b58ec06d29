import type { Log } from './log.ts'
import type { PushRefusal } from './shipping-stats.ts'

const reportEveryMs = 60_000

/**
 * Logs, at most once a minute, which answers prevented delivery to Loki since the last report, and from which host. Of
 * `address`, the setting LOKI_URL, only host and port are logged.
 */
export function createDeliveryReport(log: Log, address: string, now: () => Date) {
  const host = URL.canParse(address) ? new URL(address).host : 'unreadable LOKI_URL'
  const reported = new Map<string, number>()
  let lastMs = Number.NEGATIVE_INFINITY
  return (refusals: readonly PushRefusal[]): void => {
    const news = refusals.filter(refusal => refusal.count > (reported.get(keyOf(refusal)) ?? 0))
    if (news.length === 0 || now().getTime() - lastMs < reportEveryMs) return
    lastMs = now().getTime()
    for (const refusal of news) {
      const { outcome, status, count } = refusal
      const since = count - (reported.get(keyOf(refusal)) ?? 0)
      log.warn('logs_waiting', { outcome, status, address: host, count: since, detail: adviceFor(refusal) })
      reported.set(keyOf(refusal), count)
    }
  }
}

const keyOf = ({ outcome, status, mediaType }: PushRefusal): string => `${outcome} ${status} ${mediaType}`

function adviceFor({ outcome, status, mediaType }: PushRefusal): string {
  const page = mediaType === 'html' ? ', with a web page' : ''
  if (outcome === 'timeout') return 'no answer in time'
  if (outcome === 'unreachable') return 'no connection'
  if (outcome === 'limited') return 'asked to slow down'
  if (status === 401 || status === 403) return `access refused${page}: check the credentials in LOKI_URL`
  if (status === 404 || status === 405) return `no push API there${page}: LOKI_URL must lead to Loki itself`
  if (status === 413) return 'a push is too large for what stands in front of Loki'
  if (outcome === 'unexpected')
    return `not Loki's way to answer${page}: only its 204 is delivery; look for a proxy or a login page in front of it`
  return `a failure of Loki or of what stands in front of it${page}`
}
