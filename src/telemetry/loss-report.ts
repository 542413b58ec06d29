import type { Log } from './log.ts'
import { type LossReason, lossReasons } from './shipping-stats.ts'

const reportEveryMs = 60_000

/** Logs how many lines were lost since the last report, at most once a minute unless `immediately`. */
export function createLossReport(log: Log, now: () => Date) {
  const reported = new Map<LossReason, number>()
  let lastMs = Number.NEGATIVE_INFINITY
  return (lost: Readonly<Record<LossReason, number>>, immediately = false): void => {
    const news = lossReasons.filter(reason => lost[reason] > (reported.get(reason) ?? 0))
    if (news.length === 0 || (!immediately && now().getTime() - lastMs < reportEveryMs)) return
    lastMs = now().getTime()
    for (const reason of news) {
      log.warn('logs_lost', { reason, count: lost[reason] - (reported.get(reason) ?? 0) })
      reported.set(reason, lost[reason])
    }
  }
}
