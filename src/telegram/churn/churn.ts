import { readChurn } from '../../analytics/churn-report.ts'
import { readPeriod } from '../admin/read-arguments.ts'
import { type AdminReport, periodButtons } from '../admin/report-buttons.ts'
import { texts as adminTexts } from '../admin/texts.ts'
import { churnBlock } from './churn-block.ts'

export interface ChurnDeps {
  analytics: Parameters<typeof readChurn>[0]
}

/** Users who blocked the bot in Telegram: from where, when, after which step. */
export const createChurnReport =
  ({ analytics }: ChurnDeps): AdminReport =>
  async args => {
    const period = readPeriod(args, analytics.today())
    if (period === null) return { text: adminTexts.badPeriod('admin_churn') }
    return { text: churnBlock(await readChurn(analytics, period), analytics.today()), buttons: periodButtons() }
  }
