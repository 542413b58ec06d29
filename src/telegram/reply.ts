import type { Api, InlineKeyboard } from 'grammy'
import { TelegramRefusal } from './api/telegram-refusal.ts'
import type { BotContext } from './context.ts'
import { type Html, plainText } from './html.ts'
import { splitHtml } from './split-html.ts'

/** Where messages go: a chat, or one topic of it. */
export interface Target {
  chatId: number
  threadId?: number | undefined
}

/**
 * Sends HTML as one or more messages, the buttons under the last; `replacedId` is a message that becomes the first. Resolves
 * to the id of the last; null when the text is empty.
 */
export async function sendHtml(
  api: Api,
  target: Target,
  html: Html,
  keyboard?: InlineKeyboard,
  replacedId?: number,
): Promise<number | null> {
  const parts = splitHtml(html).filter(part => plainText(part).trim() !== '')
  let lastId: number | null = null
  for (const [i, part] of parts.entries()) {
    const buttons = i === parts.length - 1 && keyboard !== undefined ? { reply_markup: keyboard } : {}
    const options = { ...format, ...buttons }
    if (i === 0 && replacedId !== undefined && (await becomes(api, target.chatId, replacedId, part, options))) {
      lastId = replacedId
      continue
    }
    lastId = (await api.sendMessage(target.chatId, part.source, { ...options, ...inThread(target) })).message_id
  }
  return lastId
}

/** Changes a message into this one; false when it cannot be, and is deleted if it is still there. */
async function becomes(api: Api, chatId: number, messageId: number, part: Html, options: object): Promise<boolean> {
  try {
    await api.editMessageText(chatId, messageId, part.source, options)
    return true
  } catch {
    await api.deleteMessage(chatId, messageId).catch(ignore)
    return false
  }
}

/** Where the update came from: its user, or the group it was written in, and there the topic. */
export function targetOf(ctx: BotContext): Target {
  const chatId = ctx.isPrivate || ctx.chat === undefined ? ctx.userId : ctx.chat.id
  // replies outside of topics carry the id of a thread too, which nothing can be sent to
  return ctx.msg?.is_topic_message === true ? { chatId, threadId: ctx.msg.message_thread_id } : { chatId }
}

/** The parameter of the Bot API that names the topic, when there is one. */
export const inThread = ({ threadId }: Target): { message_thread_id?: number } =>
  threadId === undefined ? {} : { message_thread_id: threadId }

/** Answers where the update came from; `replacedId` is a message of the bot that becomes the answer. */
export async function reply(
  ctx: BotContext,
  html: Html,
  keyboard?: InlineKeyboard,
  replacedId?: number,
): Promise<void> {
  await replyWithId(ctx, html, keyboard, replacedId)
}

/** `reply` that resolves to the id of the last message; null when the text is empty. */
export async function replyWithId(
  ctx: BotContext,
  html: Html,
  keyboard?: InlineKeyboard,
  replacedId?: number,
): Promise<number | null> {
  const lastId = await sendHtml(ctx.api, targetOf(ctx), html, keyboard, replacedId)
  if (ctx.outcome === 'ignored') ctx.outcome = 'answered'
  return lastId
}

/** Asks for a reply to this very message: the app answers it with what the user sends next. */
export async function askForReply(ctx: BotContext, html: Html, placeholder: string): Promise<void> {
  const reply_markup = { force_reply: true, input_field_placeholder: placeholder } as const
  const target = targetOf(ctx)
  await ctx.api.sendMessage(target.chatId, html.source, { ...format, ...inThread(target), reply_markup })
  if (ctx.outcome === 'ignored') ctx.outcome = 'answered'
}

/**
 * Ends the waiting sign on a pressed button. A courtesy: whatever Telegram says to it, the answer follows; failures are
 * counted and logged where calls are made.
 */
export async function answerCallback(ctx: BotContext, text?: string): Promise<void> {
  await ctx.answerCallbackQuery(text === undefined ? {} : { text }).catch(ignore)
  if (ctx.outcome === 'ignored') ctx.outcome = 'answered'
}

/** Goes on after a pressed button: its message keeps its text and loses its buttons, and a new message follows. */
export async function replyToPress(ctx: BotContext, html: Html, keyboard?: InlineKeyboard): Promise<void> {
  await changeButtons(ctx)
  await reply(ctx, html, keyboard)
}

/** Id of the message whose button was pressed; null when the query names none that can be changed. */
export function pressedMessageId(ctx: BotContext): number | null {
  const id = ctx.callbackQuery?.message?.message_id
  return id !== undefined && Number.isSafeInteger(id) && id > 0 ? id : null
}

/** Replaces the text and the buttons of the message whose button was pressed. False when that cannot be. */
export async function changePressed(ctx: BotContext, html: Html, keyboard?: InlineKeyboard): Promise<boolean> {
  const id = pressedMessageId(ctx)
  if (id === null) return false
  const buttons = keyboard === undefined ? {} : { reply_markup: keyboard }
  const change = ctx.api.editMessageText(ctx.userId, id, html.source, { ...format, ...buttons })
  return change.then(
    () => true,
    // a second press finds it changed already
    (err: unknown) => err instanceof TelegramRefusal && err.verdict === 'cosmetic',
  )
}

/** Replaces the buttons of the message whose button was pressed; without a keyboard they go. */
export async function changeButtons(ctx: BotContext, keyboard?: InlineKeyboard): Promise<void> {
  const id = pressedMessageId(ctx)
  if (id === null) return
  const buttons = keyboard === undefined ? {} : { reply_markup: keyboard }
  await ctx.api.editMessageReplyMarkup(ctx.userId, id, buttons).catch(ignore)
}

function ignore(): void {
  // counted and logged where calls are made
}

const format = { parse_mode: 'HTML', link_preview_options: { is_disabled: true } } as const
