import { Composer } from 'grammy'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { askForConsent, hasConsent } from '../privacy/consent.ts'
import { reply } from '../reply.ts'
import { tellBlocked } from '../updates/person.ts'
import { texts } from './texts.ts'

/** `/start`, with whatever a deep link carries: registers, greets, asks newcomers for consent, tells the inviter. */
export function createStart(deps: ConversationDeps): Composer<BotContext> {
  const { users, allowance, notify } = deps
  const composer = new Composer<BotContext>()
  composer
    .filter(ctx => ctx.command?.name === 'start')
    .use(async ctx => {
      const outcome = await users.start(ctx.ref, ctx.userId, ctx.command?.payload ?? '')
      if (outcome === null) return reply(ctx, texts.greeting(allowance, null))
      const { user, isNewUser, inviterId, repeat } = outcome
      if (user.blocked !== null) return tellBlocked(ctx, user.blocked)

      const isBack = !isNewUser && hasConsent(user)
      await reply(ctx, isBack ? texts.welcomeBack(user) : texts.greeting(allowance, user))
      if (!hasConsent(user)) await askForConsent(ctx, deps)
      if (inviterId !== null && !repeat) await notify(inviterId, texts.friendCame(allowance.referralBonus))
    })
  return composer
}
