import type { Api, InlineKeyboard } from 'grammy'
import { isHarmless } from './api/telegram-refusal.ts'
import type { BotContext } from './context.ts'
import { type Html, plainText } from './html.ts'
import { splitHtml } from './split-html.ts'

/** Sends HTML as one or more messages, the buttons under the last. */
export async function sendHtml(api: Api, chatId: number, html: Html, keyboard?: InlineKeyboard): Promise<void> {
  const parts = splitHtml(html).filter(part => plainText(part).trim() !== '')
  for (const [i, part] of parts.entries()) {
    const buttons = i === parts.length - 1 && keyboard !== undefined ? { reply_markup: keyboard } : {}
    await api.sendMessage(chatId, part.source, { ...format, ...buttons })
  }
}

/** Answers the person the update came from. */
export async function reply(ctx: BotContext, html: Html, keyboard?: InlineKeyboard): Promise<void> {
  const isGroup = ctx.chat !== undefined && ctx.chat.type !== 'private'
  await sendHtml(ctx.api, isGroup ? ctx.chat.id : ctx.userId, html, keyboard)
  if (ctx.outcome === 'ignored') ctx.outcome = 'answered'
}

/** Ends the waiting sign on a pressed button; a button pressed long ago no longer has one. */
export async function answerCallback(ctx: BotContext, text?: string): Promise<void> {
  try {
    await ctx.answerCallbackQuery(text === undefined ? {} : { text })
  } catch (err) {
    if (!isHarmless(err)) throw err
  }
  if (ctx.outcome === 'ignored') ctx.outcome = 'answered'
}

/** Goes on after a pressed button: its message keeps its words and loses its buttons, and a new message follows. */
export async function replyToPress(ctx: BotContext, html: Html, keyboard?: InlineKeyboard): Promise<void> {
  const pressedAt = ctx.callbackQuery?.message?.message_id
  if (pressedAt !== undefined && Number.isSafeInteger(pressedAt) && pressedAt > 0) {
    await ctx.api.editMessageReplyMarkup(ctx.userId, pressedAt).catch((err: unknown) => {
      if (!isHarmless(err)) throw err
    })
  }
  await reply(ctx, html, keyboard)
}

const format = { parse_mode: 'HTML', link_preview_options: { is_disabled: true } } as const
