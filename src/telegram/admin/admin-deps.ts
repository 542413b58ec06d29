import type { Composer } from 'grammy'
import type { Analytics } from '../../analytics/analytics.ts'
import type { Charts } from '../../analytics/charts/charts.ts'
import type { DayCaps } from '../../analytics/money.ts'
import type { MoneyAssumptions } from '../../analytics/numbers.ts'
import type { LookUpRequest } from '../../analytics/requests/look-up-request.ts'
import type { Assistant } from '../../assistant/assistant.ts'
import type { ModelBalance } from '../../assistant/gigachat/balance-watch.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Users } from '../../users/users.ts'
import type { CommandTable } from '../commands.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import type { Operations } from '../operations/operations-deps.ts'

/** The commands of admins with their inline buttons. */
export interface AdminConversation {
  commands: CommandTable
  buttons: Composer<BotContext>
  /** Buttons that are urgent, as commands are: answered before what the same admin asked earlier. */
  urgentButtons?: Composer<BotContext>
}

/** Dependencies that the admin commands take from this module. */
export type AdminTools = Pick<ConversationDeps, 'eraseAlso' | 'notify'>

export interface AdminDeps extends AdminTools {
  analytics: Analytics
  operations: Operations
  lookUpRequest: LookUpRequest
  /** Where operators open Grafana, without a slash at its end. */
  grafanaUrl: string | undefined
  charts: Charts
  users: Pick<Users, 'find' | 'block' | 'unblock' | 'grantCarts' | 'resetCarts' | 'erase'>
  assistant: Pick<Assistant, 'forget'>
  log: Log
  now: () => Date
  timeZone: string
  adminUserIds: readonly number[]
  /** Free carts of a new user. */
  cartLimit: number
  /** Share of carts assumed to become orders, 0 to 1: a setting, not a measurement. */
  orderShare: number
  /** What the income of carts is estimated with. */
  money: MoneyAssumptions
  /** Balances of GigaChat's models as they were read last. */
  balances: () => readonly ModelBalance[]
  /** Caps on what the model may cost on one day. */
  dayCaps: DayCaps
  /** How /admin_analytics writes numbers: as Russians do, or as the analytics plan does. */
  numberFormat: 'russian' | 'plan'
  /** Calendar days that a user of the funnel has for its steps. */
  funnelWindowDays: number
  /** The database holds a synthetic history beside what really happened. */
  hasDemoHistory: boolean
  /** Commands and buttons of alerts. */
  alerts?: AdminConversation | undefined
  /** Pseudonym of a user in the log lines. */
  logPseudonym?: ((userId: number) => string | Promise<string>) | undefined
}
