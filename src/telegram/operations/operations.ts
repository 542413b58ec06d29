import type { Analytics } from '../../analytics/analytics.ts'
import { readPeriod } from '../admin/read-arguments.ts'
import { texts as adminTexts } from '../admin/texts.ts'
import type { CommandHandler, CommandTable } from '../commands.ts'
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
  const errors: CommandHandler = async ctx => {
    const period = readPeriod(ctx.command?.payload ?? '', analytics.today())
    if (period === null) return reply(ctx, adminTexts.badPeriod('admin_errors'))
    const report = await readErrors({ analytics, metrics: operations.metrics }, period)
    return reply(
      ctx,
      errorsBlock(report, analytics.today(), operations.startedAt, now(), timeZone),
      codeButtons(report),
    )
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
    admin_errors: {
      menu: 'Какие ошибки и у кого',
      args: '[период]',
      help: 'какие ошибки, у скольких людей, коды',
      handle: errors,
    },
  }
}
