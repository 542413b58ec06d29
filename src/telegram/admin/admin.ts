import { Composer } from 'grammy'
import type { Analytics } from '../../analytics/analytics.ts'
import type { Charts } from '../../analytics/charts/charts.ts'
import type { Assistant } from '../../assistant/assistant.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Users } from '../../users/users.ts'
import type { BotContext } from '../context.ts'
import type { AdminTools } from '../conversations.ts'
import { reply } from '../reply.ts'
import { createAdminPeople } from './admin-people.ts'
import { createAdminReports } from './admin-reports.ts'
import { texts } from './texts.ts'

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

/** The commands of admins. The guard lets only orderly ones in. */
export function createAdmin(deps: AdminDeps): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer.use(createAdminReports(deps), createAdminPeople(deps))
  composer
    .filter(ctx => ctx.command?.name === 'admin_help' || ctx.command?.name === 'admin')
    .use(ctx => reply(ctx, texts.help))
  return composer
}
