import { readChurn } from '../../analytics/churn-report.ts'
import { readPeriod } from '../admin/read-arguments.ts'
import { texts as adminTexts } from '../admin/texts.ts'
import type { CommandTable } from '../commands.ts'
import { reply } from '../reply.ts'
import { churnBlock } from './churn-block.ts'

export interface ChurnDeps {
  analytics: Parameters<typeof readChurn>[0]
}

/** The command about users who blocked the bot in Telegram. */
export function createChurn({ analytics }: ChurnDeps): CommandTable {
  return {
    admin_churn: {
      menu: 'Кто заблокировал бота',
      args: '[период]',
      help: 'кто заблокировал бота: откуда, когда, после какого шага',
      handle: async ctx => {
        const period = readPeriod(ctx.command?.payload ?? '', analytics.today())
        if (period === null) return reply(ctx, adminTexts.badPeriod('admin_churn'))
        return reply(ctx, churnBlock(await readChurn(analytics, period), analytics.today()))
      },
    },
  }
}
