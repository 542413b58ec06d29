import type { CommandHandler } from '../commands.ts'
import type { ConversationDeps } from '../conversation.ts'
import { askForConsent, hasConsent } from '../privacy/consent.ts'
import { reply } from '../reply.ts'
import { replyBlocked } from '../updates/load-user.ts'
import { texts } from './texts.ts'

/** Handles /start with the payload of a deep link: registers, greets, asks new users for consent, notifies the inviter. */
export function createStart(deps: ConversationDeps): CommandHandler {
  const { users, allowance, notify } = deps
  return async ctx => {
    const outcome = await users.start(ctx.ref, ctx.userId, ctx.command?.payload ?? '')
    if (outcome === null) return reply(ctx, texts.greeting(allowance, null))
    const { user, isNewUser, inviterId, repeat } = outcome
    if (user.blocked !== null) return replyBlocked(ctx, user.blocked)

    const isBack = !isNewUser && hasConsent(user)
    await reply(ctx, isBack ? texts.welcomeBack(user) : texts.greeting(allowance, user))
    if (!hasConsent(user)) await askForConsent(ctx, deps)
    if (inviterId !== null && !repeat) await notify(inviterId, texts.friendCame(allowance.referralBonus))
  }
}
