import type { Analytics } from '../../analytics/analytics.ts'
import type { Charts } from '../../analytics/charts/charts.ts'
import type { Assistant } from '../../assistant/assistant.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Users } from '../../users/users.ts'
import type { AdminTools } from '../conversations.ts'

/** What the commands of administrators work with. */
export interface AdminDeps extends AdminTools {
  analytics: Analytics
  charts: Charts
  users: Pick<Users, 'find' | 'block' | 'unblock' | 'grantCarts' | 'resetCarts' | 'erase'>
  assistant: Pick<Assistant, 'forget'>
  log: Log
  now: () => Date
  timeZone: string
  adminUserIds: readonly number[]
  /** Free carts of a new person. */
  cartLimit: number
  /** Share of carts assumed to become orders, 0 to 1: a setting, not a measurement. */
  orderShare: number
  /** The base holds an invented history beside what really happened. */
  hasDemoHistory: boolean
  /** Under which name a user's log lines stand. */
  logPseudonym?: ((userId: number) => string | Promise<string>) | undefined
}
