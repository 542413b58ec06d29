import { Composer, InlineKeyboard } from 'grammy'
import { AppError } from '../../errors.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { reportFailure } from '../failure.ts'
import { answerCallback, changeButtons } from '../reply.ts'
import { ratingPattern, ratingRows, readRating, replaceRating } from './rating-keyboard.ts'
import { texts } from './texts.ts'

/** The buttons 👍 and 👎 under a cart and the reasons for 👎: the latest press counts, and the buttons show it. */
export function createRateCart(deps: ConversationDeps): Composer<BotContext> {
  const { users, ratingMetrics } = deps
  const composer = new Composer<BotContext>()
  composer.callbackQuery(ratingPattern, async (ctx, next) => {
    const rating = readRating(ctx.callbackQuery.data)
    if (rating === null) return next()
    try {
      const outcome = await users.rateCart(ctx.userId, rating)
      if (outcome === 'unknown_cart') return await answerCallback(ctx, texts.ratedUnknown)
      if (outcome === 'rated') ratingMetrics.rated(rating)
    } catch (err) {
      if (!(err instanceof AppError)) throw err
      await reportFailure(deps, ctx, err, { hadHistory: false })
      return answerCallback(ctx, texts.notRated)
    }
    await answerCallback(ctx, rating.rating === 'down' && rating.reason === null ? texts.askReason : texts.rated)
    const rows = ctx.callbackQuery.message?.reply_markup?.inline_keyboard ?? []
    if (rows.length > 0) await changeButtons(ctx, new InlineKeyboard(replaceRating(rows, ratingRows(rating, rating))))
  })
  return composer
}
