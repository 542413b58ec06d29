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

/** Tells a blocked person so; nothing else happens for them. */
export async function tellBlocked(ctx: BotContext, { reason }: { reason: string | null }): Promise<void> {
  ctx.outcome = 'refused'
  await reply(ctx, texts.blocked(reason))
}

/** Rights a block does not take away. */
const isRightOfEveryone = (ctx: BotContext): boolean =>
  ['privacy', 'delete_me'].includes(ctx.command?.name ?? '') || /^(erase|consent)_/.test(ctx.callbackQuery?.data ?? '')

/**
 * Loads who gives a command or presses a button (messages load it with their session, in one query) and stops the
 * blocked. A command ends a survey that waits for words. Without the database nobody counts as blocked.
 */
export function createPersonLoader(users: Pick<Users, 'find' | 'saveSurvey'>): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer
    .filter(ctx => ctx.callbackQuery !== undefined || (ctx.command !== null && ctx.command.name !== 'start'))
    .use(async (ctx, next) => {
      ctx.person = users.find(ctx.userId)
      const person = await ctx.person.catch(() => null) // whoever needs the person meets the error again
      if (person?.blocked && !isRightOfEveryone(ctx)) {
        if (ctx.callbackQuery !== undefined) await answerCallback(ctx)
        return tellBlocked(ctx, person.blocked)
      }
      if (ctx.command !== null && awaitsWords(person)) await users.saveSurvey(ctx.userId, null)
      await next()
    })
  return composer
}

const awaitsWords = (person: UserState | null): boolean => (person?.survey?.usefulFeature ?? null) !== null
