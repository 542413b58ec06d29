import type { Analytics } from '../../analytics/analytics.ts'
import type { CommandTable } from '../commands.ts'
import { reply } from '../reply.ts'
import type { Operations } from './operations-deps.ts'
import { readStatus, type StatusDeps } from './status.ts'
import { statusBlock } from './status-block.ts'

export interface OperationsDeps extends Pick<StatusDeps, 'dayCaps' | 'balances'> {
  operations: Operations
  analytics: Pick<Analytics, 'summary' | 'today'>
  timeZone: string
  now: () => Date
}

/** Commands about the running process: what is broken, since when, and whom it concerns. */
export function createOperations({
  operations,
  analytics,
  timeZone,
  dayCaps,
  balances,
  now,
}: OperationsDeps): CommandTable {
  const spentToday = async () => {
    const today = analytics.today()
    return (await analytics.summary({ from: today, to: today })).cost_rub
  }
  return {
    admin_status: {
      menu: 'Что работает и что сломано',
      help: 'что работает, что сломано и с каких пор',
      isUrgent: true,
      handle: async ctx =>
        reply(
          ctx,
          statusBlock(await readStatus({ operations, spentToday, dayCaps, balances, now }), operations, timeZone),
        ),
    },
  }
}
