import { Composer, InlineKeyboard } from 'grammy'
import type { CommandWithButtons } from '../commands.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { answerCallback, reply } from '../reply.ts'
import { texts } from './texts.ts'

/** /invite and its button: the personal deep link and what it has brought. */
export function createInvite({ users, allowance }: ConversationDeps): CommandWithButtons {
  const show = async (ctx: BotContext) => {
    const user = await ctx.user
    if (user === null) return reply(ctx, texts.unknown)
    const { code, invited, paid } = await users.invitation(ctx.userId)
    const link = `https://t.me/${ctx.me.username}?start=ref_${code}`
    const left = Math.max(0, user.cartLimit - user.cartsCreated)
    const shared = `https://t.me/share/url?url=${encodeURIComponent(link)}&text=${encodeURIComponent(texts.sharedText)}`
    const share = new InlineKeyboard().url(texts.share, shared)
    await reply(ctx, texts.invitation({ link, invited, paid, bonus: allowance.referralBonus, left }), share)
  }
  const composer = new Composer<BotContext>()
  composer.callbackQuery('invite_show', async ctx => {
    await answerCallback(ctx)
    await show(ctx)
  })
  return { handle: show, buttons: composer }
}
