import { Composer } from 'grammy'
import { mentionsAdminCommand } from '../command.ts'
import { createCommandRouter } from '../commands.ts'
import type { BotContext } from '../context.ts'
import { html } from '../html.ts'
import { reply } from '../reply.ts'
import { isTyped } from '../updates/message-content.ts'
import type { AdminConversation } from './admin-deps.ts'

const texts = {
  refused: html`Эта команда доступна только администратору.`,
  unknown: html`Такой команды администратора нет.`,
  misplaced: html`Команды администратора работают, только если отправить их отдельным сообщением, не пересылая.`,
}

export interface AdminGuardDeps {
  adminUserIds: readonly number[]
  /** Sees only orderly commands of admins. */
  admin?: AdminConversation | undefined
}

/**
 * Keeps `/admin_*` in any form (caption, forwarded, in the middle of a text) from everyone but admins, and from the
 * model. An admin's command counts only when it stands first in a message that they typed themselves.
 */
export function createAdminGuard({ adminUserIds, admin }: AdminGuardDeps): Composer<BotContext> {
  const answer = async (ctx: BotContext, text: keyof typeof texts) => {
    ctx.outcome = 'refused'
    await reply(ctx, texts[text])
  }
  const composer = new Composer<BotContext>()
  const commands = composer.filter(ctx => ctx.message !== undefined && mentionsAdminCommand(ctx.messageText))
  commands.use(async (ctx, next) => {
    if (!adminUserIds.includes(ctx.userId)) return answer(ctx, 'refused')
    if (!isOrderly(ctx)) return answer(ctx, 'misplaced')
    await next()
  })
  const buttons = composer.filter(ctx => ctx.callbackQuery !== undefined)
  if (admin !== undefined) {
    buttons.filter(ctx => adminUserIds.includes(ctx.userId)).use(admin.buttons)
    commands.use(createCommandRouter(admin.commands))
  }
  commands.use(ctx => answer(ctx, 'unknown'))
  return composer
}

const isOrderly = (ctx: BotContext): boolean => ctx.command?.label === 'admin' && isTyped(ctx.message)

/**
 * Answers the commands and buttons of admins that are urgent, to run before the queue: an admin who waits for an answer
 * that hangs would get the status after it.
 */
export function createUrgentAdmin({ adminUserIds, admin }: AdminGuardDeps): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  if (admin === undefined) return composer
  const ofAdmins = composer.filter(ctx => adminUserIds.includes(ctx.userId))
  const urgent = Object.fromEntries(Object.entries(admin.commands).filter(([, { isUrgent }]) => isUrgent === true))
  ofAdmins.filter(isOrderly).use(createCommandRouter(urgent))
  if (admin.urgentButtons !== undefined)
    ofAdmins.filter(ctx => ctx.callbackQuery !== undefined).use(admin.urgentButtons)
  return composer
}
