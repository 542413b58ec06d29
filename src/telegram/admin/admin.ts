import { Composer } from 'grammy'
import type { BotContext } from '../context.ts'
import { reply } from '../reply.ts'
import type { AdminDeps } from './admin-deps.ts'
import { createAdminPeople } from './admin-people.ts'
import { createAdminReports } from './admin-reports.ts'
import { texts } from './texts.ts'

/** The commands of admins. The guard lets only orderly ones in. */
export function createAdmin(deps: AdminDeps): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer.use(createAdminReports(deps), createAdminPeople(deps))
  composer
    .filter(ctx => ctx.command?.name === 'admin_help' || ctx.command?.name === 'admin')
    .use(ctx => reply(ctx, texts.help))
  return composer
}
