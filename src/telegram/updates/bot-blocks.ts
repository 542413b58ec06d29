import type { MiddlewareFn } from 'grammy'
import { z } from 'zod'
import type { Users } from '../../users/users.ts'
import type { BotContext } from '../context.ts'

/** A user's private chat alone: groups, which are never stored, send the same update. An update may come in any shape. */
const Change = z.object({
  chat: z.object({ id: z.int().positive(), type: z.literal('private') }),
  date: z.int().positive(),
  new_chat_member: z.object({ status: z.enum(['kicked', 'member']) }),
})

/** Records users who block the bot in Telegram, or let it in again. */
export function createBotBlocks({ users }: { users: Pick<Users, 'botBlocked'> }): MiddlewareFn<BotContext> {
  return async (ctx, next) => {
    const { my_chat_member: given, update_id } = ctx.update
    if (given === undefined) return next()
    const change = Change.safeParse(given)
    if (!change.success) return
    const { chat, date, new_chat_member } = change.data
    await users.botBlocked(chat.id, {
      key: `${update_id}:${date}`,
      at: new Date(date * 1000),
      blocked: new_chat_member.status === 'kicked',
    })
  }
}
