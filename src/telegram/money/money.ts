import type { Analytics } from '../../analytics/analytics.ts'
import { type DayCaps, readMoney } from '../../analytics/money.ts'
import type { MoneyAssumptions } from '../../analytics/numbers.ts'
import type { ModelBalance } from '../../assistant/gigachat/balance-watch.ts'
import { readPeriod } from '../admin/read-arguments.ts'
import { texts as adminTexts } from '../admin/texts.ts'
import type { CommandTable } from '../commands.ts'
import { reply } from '../reply.ts'
import { moneyBlock } from './money-block.ts'

export interface MoneyDeps {
  analytics: Pick<Analytics, 'unitEconomics' | 'daily' | 'today'>
  money: MoneyAssumptions
  dayCaps: DayCaps
  balances: () => readonly ModelBalance[]
}

/** The command about what carts may bring and what the model costs. */
export function createMoney({ analytics, money, dayCaps, balances }: MoneyDeps): CommandTable {
  return {
    admin_money: {
      menu: 'Доход, расход и потолки',
      args: '[период]',
      help: 'сколько могут принести корзины и сколько стоит модель',
      handle: async ctx => {
        const period = readPeriod(ctx.command?.payload ?? '', analytics.today())
        if (period === null) return reply(ctx, adminTexts.badPeriod(ctx.command?.name ?? ''))
        const report = await readMoney(analytics, period, money, dayCaps)
        await reply(ctx, moneyBlock(report, dayCaps, analytics.today(), balances()))
      },
    },
  }
}
