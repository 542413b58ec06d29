import type { Analytics } from '../../analytics/analytics.ts'
import { type DayCaps, readMoney } from '../../analytics/money.ts'
import type { MoneyAssumptions } from '../../analytics/numbers.ts'
import type { ModelBalance } from '../../assistant/gigachat/balance-watch.ts'
import { readPeriod } from '../admin/read-arguments.ts'
import { type AdminReport, periodButtons } from '../admin/report-buttons.ts'
import { texts as adminTexts } from '../admin/texts.ts'
import { moneyBlock } from './money-block.ts'

export interface MoneyDeps {
  analytics: Pick<Analytics, 'unitEconomics' | 'daily' | 'today'>
  money: MoneyAssumptions
  dayCaps: DayCaps
  balances: () => readonly ModelBalance[]
}

/** What carts may bring and what the model costs. */
export const createMoneyReport =
  ({ analytics, money, dayCaps, balances }: MoneyDeps): AdminReport =>
  async args => {
    const period = readPeriod(args, analytics.today())
    if (period === null) return { text: adminTexts.badPeriod('admin_money') }
    const report = await readMoney(analytics, period, money, dayCaps)
    return { text: moneyBlock(report, dayCaps, analytics.today(), balances()), buttons: periodButtons() }
  }
