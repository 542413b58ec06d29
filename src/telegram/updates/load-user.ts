import { Composer } from 'grammy'
import type { UserState } from '../../users/user-state.ts'
import type { Users } from '../../users/users.ts'
import type { BotContext } from '../context.ts'
import { html } from '../html.ts'
import { answerCallback, reply } from '../reply.ts'

const texts = {
  blocked: (reason: string | null) =>
    html`Доступ к боту для вас закрыт${reason === null ? '' : `: ${reason}`}.\n\nУдалить свои данные можно и сейчас: /delete_me.`,
}

/** Replies to a blocked user with the reason; nothing else happens for them. */
export async function replyBlocked(ctx: BotContext, { reason }: { reason: string | null }): Promise<void> {
  ctx.outcome = 'refused'
  await reply(ctx, texts.blocked(reason))
}

/** Commands and buttons that a block leaves to the user. */
const isRightOfEveryone = (ctx: BotContext): boolean =>
  ['privacy', 'delete_me'].includes(ctx.command?.name ?? '') || /^(erase|consent)_/.test(ctx.callbackQuery?.data ?? '')

/**
 * Loads who gives a command or presses a button (messages load it with their session, in one query) and stops the
 * blocked. A command ends a survey that waits for text. While the database is down no user counts as blocked.
 */
export function createUserLoader(users: Pick<Users, 'find' | 'saveSurvey'>): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer
    .filter(ctx => ctx.callbackQuery !== undefined || (ctx.command !== null && ctx.command.name !== 'start'))
    .use(async (ctx, next) => {
      ctx.user = users.find(ctx.userId)
      const user = await ctx.user.catch(() => null) // a handler that needs the user meets the error again
      if (user?.blocked && !isRightOfEveryone(ctx)) {
        if (ctx.callbackQuery !== undefined) await answerCallback(ctx)
        return replyBlocked(ctx, user.blocked)
      }
      if (ctx.command !== null && awaitsFeedback(user)) await users.saveSurvey(ctx.userId, null)
      await next()
    })
  return composer
}

const awaitsFeedback = (user: UserState | null): boolean => (user?.survey?.usefulFeature ?? null) !== null
