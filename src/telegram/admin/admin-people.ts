import { Composer, InlineKeyboard } from 'grammy'
import type { BotContext } from '../context.ts'
import { joinHtml } from '../html.ts'
import { texts as receipts } from '../privacy/texts.ts'
import { answerCallback, reply, replyToPress } from '../reply.ts'
import type { AdminDeps } from './admin-deps.ts'
import { personBlock } from './person-block.ts'
import { readUserId } from './read-arguments.ts'
import { texts } from './texts.ts'

const validForSeconds = 10 * 60
const longestReason = 200

/** What an admin does to one person; each change is logged with who and what, never with the reason's words. */
export function createAdminPeople(deps: AdminDeps): Composer<BotContext> {
  const { analytics, users, assistant, log, now, timeZone, adminUserIds, cartLimit, eraseAlso, notify } = deps
  const seconds = () => Math.floor(now().getTime() / 1000)
  const composer = new Composer<BotContext>()
  const on = (name: string, answer: (ctx: BotContext, userId: number, rest: string) => Promise<unknown>) =>
    composer
      .filter(ctx => ctx.command?.name === name)
      .use(async ctx => {
        const target = readUserId(ctx.command?.payload ?? '')
        if (target === null) await reply(ctx, texts.badUser(name))
        else await answer(ctx, target.userId, target.rest)
      })
  const done = (command: string, target_user_id: number, found: boolean) =>
    log.info('admin_action', { command, target_user_id, outcome: found ? 'done' : 'unknown_user' })

  on('admin_user', async (ctx, userId) => {
    const person = await analytics.user(userId)
    if (person === null) return reply(ctx, texts.unknownUser(userId))
    return reply(ctx, personBlock(person, timeZone, await deps.logPseudonym?.(userId)))
  })
  on('admin_block', async (ctx, userId, reason) => {
    if (adminUserIds.includes(userId)) return reply(ctx, texts.notOneself)
    const found = await users.block(userId, reason === '' ? null : reason.slice(0, longestReason))
    done('admin_block', userId, found)
    return reply(ctx, found ? texts.blocked(userId) : texts.unknownUser(userId))
  })
  on('admin_unblock', async (ctx, userId) => {
    const found = await users.unblock(userId)
    done('admin_unblock', userId, found)
    await reply(ctx, found ? texts.unblocked(userId) : texts.unknownUser(userId))
  })
  on('admin_grant_carts', async (ctx, userId, rest) => {
    const count = /^\d{1,3}$/.test(rest) ? Number(rest) : 0
    if (count < 1 || count > 100) return reply(ctx, texts.badGrant)
    const limit = await users.grantCarts(userId, count)
    done('admin_grant_carts', userId, limit !== null)
    return reply(ctx, limit === null ? texts.unknownUser(userId) : texts.granted(userId, count, limit))
  })
  on('admin_reset_carts', async (ctx, userId) => {
    const left = await users.resetCarts(userId, cartLimit)
    done('admin_reset_carts', userId, left !== null)
    await reply(ctx, left === null ? texts.unknownUser(userId) : texts.reset(userId, left))
  })
  on('admin_erase', async (ctx, userId) => {
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
    done('admin_erase', userId, true)
    const told = await notify(userId, outcome === null ? receipts.eraseLater : receipts.erased(outcome))
    await answerCallback(ctx)
    const report = outcome === null ? texts.eraseLater(userId) : texts.erased(userId, outcome.events)
    return replyToPress(ctx, joinHtml([report, told ? texts.receiptSent : texts.receiptRefused], ' '))
  })
  composer.callbackQuery('admin_erase_no', async ctx => {
    await answerCallback(ctx)
    await replyToPress(ctx, texts.eraseKept)
  })
  return composer
}
