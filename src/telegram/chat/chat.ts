import { Composer } from 'grammy'
import { UpstreamError } from '../../errors.ts'
import type { StoredCart } from '../../shop/cart.ts'
import type { UserState } from '../../users/user-state.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { reportFailure } from '../failure.ts'
import { joinHtml } from '../html.ts'
import { askForConsent, hasConsent } from '../privacy/consent.ts'
import { reply } from '../reply.ts'
import type { Survey } from '../survey/survey.ts'
import { replyBlocked } from '../updates/load-user.ts'
import type { AnswerRequest } from './answer-request.ts'
import { asView, cartButton, renderCart } from './render-cart.ts'
import { texts } from './texts.ts'
import { createWaitingTexts } from './waiting-texts.ts'

export interface Chat {
  composer: Composer<BotContext>
  /** True if a message of the user waits for their consent. */
  hasWaiting(userId: number): boolean
  /** Answers what waited; `user` as consent left them, null while the database is down. */
  resume(ctx: BotContext, user: UserState | null): Promise<void>
  /** Drops the text that waits. */
  forget(userId: number): void
}

export interface ChatDeps extends ConversationDeps {
  survey: Survey
  answer: AnswerRequest
}

/** Handles messages that are not commands: loads the user, asks for consent, answers through the assistant. */
export function createChat(deps: ChatDeps): Chat {
  const { users, survey, answer, now } = deps
  const waiting = createWaitingTexts({ now })

  /** The event waits on disk like the message itself, so the code in the apology can be looked up afterwards. */
  const databaseDown = async (ctx: BotContext) => {
    const err = new UpstreamError('postgres', null, 'nothing is known of the user', true)
    await reportFailure(deps, ctx, err, { hadHistory: false, maybeRepeat: true })
    await reply(ctx, texts.databaseDown(ctx.ref.requestId))
  }
  const respond = async (
    ctx: BotContext,
    user: UserState,
    repeat: { maybeRepeat: boolean; cart: StoredCart | null },
  ) => {
    if (user.blocked !== null) return replyBlocked(ctx, user.blocked)
    // a user with a cart had agreed when it was made
    if (repeat.cart !== null) return showAgain(ctx, repeat.cart)
    if (ctx.messageText.trim() === '') return reply(ctx, texts.onlyText)
    if (!hasConsent(user)) {
      waiting.keep(ctx.userId, ctx.messageText)
      return askForConsent(ctx, deps)
    }
    if (await survey.takeFeedback(ctx, user)) return
    await answer(ctx, { user, text: ctx.messageText, maybeRepeat: repeat.maybeRepeat })
  }

  const composer = new Composer<BotContext>()
  composer.on('message').use(async ctx => {
    const outcome = await users.message(ctx.ref, ctx.userId)
    ctx.isCounted = true
    if (outcome?.delivery === 'done') {
      ctx.outcome = 'repeated'
      return
    }
    if (outcome === null) await databaseDown(ctx)
    else await respond(ctx, outcome.user, { maybeRepeat: outcome.delivery === 'repeat', cart: outcome.cart })
  })

  return {
    composer,
    hasWaiting: waiting.has,
    resume: async (ctx, user) => {
      const text = waiting.take(ctx.userId)
      if (text === undefined) {
        // the text ended with a killed process; the cart made of it did not
        const made = await users.cartOf(ctx.ref, ctx.userId).catch(() => null)
        return made === null ? undefined : showAgain(ctx, made)
      }
      ctx.isMessage = true // it was written, and counted, before consent
      ctx.isCounted = true
      const known = user ?? (await ctx.user.catch(() => null))
      if (known === null) return databaseDown(ctx)
      if (known.blocked !== null) return replyBlocked(ctx, known.blocked)
      await answer(ctx, { user: known, text, maybeRepeat: false })
    },
    forget: userId => void waiting.take(userId),
  }
}

function showAgain(ctx: BotContext, cart: StoredCart): Promise<void> {
  const list = renderCart(asView(cart), { allergyWarning: false })
  return reply(ctx, joinHtml([texts.repeated, list], '\n\n'), cartButton(cart) ?? undefined)
}
