import { Composer, InlineKeyboard } from 'grammy'
import type { CommandHandler } from '../commands.ts'
import type { BotContext } from '../context.ts'
import { joinHtml } from '../html.ts'
import { texts as receipts } from '../privacy/texts.ts'
import { answerCallback, reply, replyToPress } from '../reply.ts'
import type { AdminDeps } from './admin-deps.ts'
import { readUserId } from './read-arguments.ts'
import { texts } from './texts.ts'
import { userBlock } from './user-block.ts'

const validForSeconds = 10 * 60
const longestReason = 200

export interface AdminUsers {
  show: CommandHandler
  block: CommandHandler
  unblock: CommandHandler
  grantCarts: CommandHandler
  resetCarts: CommandHandler
  askToErase: CommandHandler
  buttons: Composer<BotContext>
}

/** Commands about one user. Each change is logged with who and what, never with the text of the reason. */
export function createAdminUsers(deps: AdminDeps): AdminUsers {
  const { analytics, users, assistant, log, now, timeZone, adminUserIds, cartLimit, eraseAlso, notify } = deps
  const seconds = () => Math.floor(now().getTime() / 1000)
  const composer = new Composer<BotContext>()
  const withUser =
    (answer: (ctx: BotContext, userId: number, rest: string) => Promise<unknown>): CommandHandler =>
    async ctx => {
      const target = readUserId(ctx.command?.payload ?? '')
      if (target === null) await reply(ctx, texts.badUser(ctx.command?.name ?? ''))
      else await answer(ctx, target.userId, target.rest)
    }
  const done = (command: string, target_user_id: number, found: boolean) =>
    log.info('admin_action', { command, target_user_id, outcome: found ? 'done' : 'unknown_user' })

  const show = withUser(async (ctx, userId) => {
    const user = await analytics.user(userId)
    if (user === null) return reply(ctx, texts.unknownUser(userId))
    return reply(ctx, userBlock(user, timeZone, await deps.logPseudonym?.(userId)))
  })
  const block = withUser(async (ctx, userId, reason) => {
    if (adminUserIds.includes(userId)) return reply(ctx, texts.notOneself)
    const found = await users.block(userId, reason === '' ? null : reason.slice(0, longestReason))
    done('admin_block', userId, found)
    return reply(ctx, found ? texts.blocked(userId) : texts.unknownUser(userId))
  })
  const unblock = withUser(async (ctx, userId) => {
    const found = await users.unblock(userId)
    done('admin_unblock', userId, found)
    await reply(ctx, found ? texts.unblocked(userId) : texts.unknownUser(userId))
  })
  const grantCarts = withUser(async (ctx, userId, rest) => {
    const count = /^\d{1,3}$/.test(rest) ? Number(rest) : 0
    if (count < 1 || count > 100) return reply(ctx, texts.badGrant)
    const limit = await users.grantCarts(userId, count)
    done('admin_grant_carts', userId, limit !== null)
    return reply(ctx, limit === null ? texts.unknownUser(userId) : texts.granted(userId, count, limit))
  })
  const resetCarts = withUser(async (ctx, userId) => {
    const left = await users.resetCarts(userId, cartLimit)
    done('admin_reset_carts', userId, left !== null)
    await reply(ctx, left === null ? texts.unknownUser(userId) : texts.reset(userId, left))
  })
  const askToErase = withUser(async (ctx, userId) => {
    if ((await users.find(userId)) === null) return reply(ctx, texts.unknownUser(userId))
    const keyboard = new InlineKeyboard()
      .text(texts.eraseYes, `admin_erase_${userId}_${seconds().toString(36)}`)
      .text(texts.eraseNo, 'admin_erase_no')
    return reply(ctx, texts.eraseQuestion(userId), keyboard)
  })

  composer.callbackQuery(/^admin_erase_(\d{1,16})_([0-9a-z]{1,8})$/, async ctx => {
    const [, digits = '', asked = ''] = ctx.match
    const age = seconds() - Number.parseInt(asked, 36)
    if (age < 0 || age > validForSeconds) return answerCallback(ctx, texts.eraseExpired)
    const userId = Number(digits)
    const outcome = await users.erase(ctx.ref, userId)
    await assistant.forget(userId)
    await eraseAlso(userId)
    // a courtesy, like the receipt; failures are counted and logged where calls are made
    for (const shown of outcome?.shown ?? []) await ctx.api.deleteMessage(userId, shown).catch(() => undefined)
    done('admin_erase', userId, true)
    const isNotified = await notify(userId, outcome === null ? receipts.eraseLater : receipts.erased(outcome))
    await answerCallback(ctx)
    const report = outcome === null ? texts.eraseLater(userId) : texts.erased(userId, outcome.events)
    return replyToPress(ctx, joinHtml([report, isNotified ? texts.receiptSent : texts.receiptRefused], ' '))
  })
  composer.callbackQuery('admin_erase_no', async ctx => {
    await answerCallback(ctx)
    await replyToPress(ctx, texts.eraseKept)
  })
  return { show, block, unblock, grantCarts, resetCarts, askToErase, buttons: composer }
}
