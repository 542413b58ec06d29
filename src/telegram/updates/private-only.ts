import { Composer } from 'grammy'
import { mentionsAdminCommand, readCommand } from '../command.ts'
import type { BotContext } from '../context.ts'
import { html } from '../html.ts'
import { answerCallback, reply } from '../reply.ts'

const texts = {
  invitation: (username: string) =>
    html`Я собираю корзины только в личном чате: <a href="https://t.me/${username}">напишите мне</a>.`,
  adminRefused: html`Команды администратора работают только в личном чате.`,
  callback: 'Откройте личный чат с ботом',
}

/** Lets private chats through. In a group the bot answers one line to /start or its name, and is silent otherwise. */
export function createPrivateOnly(): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer.use(async (ctx, next) => {
    if (ctx.userId === 0 || ctx.from?.is_bot === true) return
    if (ctx.updateType !== 'message' && ctx.updateType !== 'callback_query') return
    if (ctx.chat?.type === 'private' || (ctx.callbackQuery !== undefined && ctx.chat === undefined)) return next()
    if (ctx.callbackQuery !== undefined) return answerCallback(ctx, texts.callback)
    if (ctx.chat?.type !== 'group' && ctx.chat?.type !== 'supergroup') return
    if (!Number.isSafeInteger(ctx.chat.id)) return

    const { username } = ctx.me
    const named = ctx.said.toLowerCase().includes(`@${username.toLowerCase()}`)
    if (mentionsAdminCommand(ctx.said) && (named || readCommand(ctx.said, username) !== null)) {
      ctx.outcome = 'refused'
      return reply(ctx, texts.adminRefused)
    }
    if (named || ctx.command?.name === 'start') return reply(ctx, texts.invitation(username))
  })
  return composer
}
