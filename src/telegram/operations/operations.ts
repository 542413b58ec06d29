import type { Analytics } from '../../analytics/analytics.ts'
import { readPeriod } from '../admin/read-arguments.ts'
import { type AdminReport, periodButtons } from '../admin/report-buttons.ts'
import { texts as adminTexts } from '../admin/texts.ts'
import type { CommandTable } from '../commands.ts'
import { reply } from '../reply.ts'
import { codeButtons, errorsBlock } from './errors-block.ts'
import type { Operations } from './operations-deps.ts'
import { readErrors } from './read-errors.ts'
import { readStatus, type StatusDeps } from './status.ts'
import { statusBlock } from './status-block.ts'

export interface OperationsDeps extends Pick<StatusDeps, 'dayCaps' | 'balances'> {
  operations: Operations
  analytics: Pick<Analytics, 'errors' | 'summary' | 'today'>
  timeZone: string
  now: () => Date
}

/** Which errors there were, of what, how many users met them, and the codes of the last ones. */
export const createErrorsReport =
  ({ operations, analytics, timeZone, now }: OperationsDeps): AdminReport =>
  async args => {
    const period = readPeriod(args, analytics.today())
    if (period === null) return { text: adminTexts.badPeriod('admin_errors') }
    const report = await readErrors({ analytics, metrics: operations.metrics }, period)
    const text = errorsBlock(report, analytics.today(), operations.startedAt, now(), timeZone)
    return { text, buttons: periodButtons(), above: codeButtons(report) }
  }

/** The command about the running process: what is broken and since when. */
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
