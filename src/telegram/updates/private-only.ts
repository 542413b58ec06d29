import { Composer } from 'grammy'
import type { Message } from 'grammy/types'
import { mentionsAdminCommand, readCommand } from '../command.ts'
import type { BotContext } from '../context.ts'
import { html } from '../html.ts'
import { answerCallback, reply } from '../reply.ts'
import { isService } from './message-content.ts'

const texts = {
  invitation: (username: string) =>
    html`Я собираю корзины только в личном чате: <a href="https://t.me/${username}">напишите мне</a>.`,
  adminRefused: html`Команды администратора работают только в личном чате.`,
  callback: 'Откройте личный чат с ботом',
}

const handledTypes: readonly string[] = ['message', 'command', 'callback_query', 'stopped_message_generation']

/** The account that posts a channel's messages into its discussion group. */
const telegramItself = 777_000

/**
 * Lets through what users send in private chats. In a group the bot answers one line to /start or its name, in place, and
 * is silent otherwise; posts of channels, notes of Telegram and messages to a business account are not answered.
 */
export function createPrivateOnly(): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer.use(async (ctx, next) => {
    if (ctx.userId === 0 || ctx.from?.is_bot === true) return
    if (!handledTypes.includes(ctx.updateType)) return
    if (ctx.message !== undefined && (isPost(ctx.message) || isService(ctx.message))) return
    if (ctx.isPrivate) return next()
    if (ctx.callbackQuery !== undefined) return answerCallback(ctx, texts.callback)
    if (ctx.chat?.type !== 'group' && ctx.chat?.type !== 'supergroup') return
    if (!Number.isSafeInteger(ctx.chat.id)) return

    const { username } = ctx.me
    const named = ctx.messageText.toLowerCase().includes(`@${username.toLowerCase()}`)
    if (mentionsAdminCommand(ctx.messageText) && (named || readCommand(ctx.messageText, username) !== null)) {
      ctx.outcome = 'refused'
      return reply(ctx, texts.adminRefused)
    }
    if (named || ctx.command?.name === 'start') return reply(ctx, texts.invitation(username))
  })
  return composer
}

/** Written in the name of a channel or group, by hand or automatically. */
const isPost = (message: Message): boolean =>
  message.is_automatic_forward === true || message.sender_chat !== undefined || message.from?.id === telegramItself
