import { Composer } from 'grammy'
import type { UnfinishedCart } from '../../assistant/dialogue/unfinished.ts'
import { UpstreamError } from '../../errors.ts'
import type { UserState } from '../../users/user-state.ts'
import type { UnshownCart } from '../../users/users.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { reportFailure, supportLine } from '../failure.ts'
import { joinHtml } from '../html.ts'
import type { ConsentGate } from '../privacy/consent-gate.ts'
import { answerCallback, pressedMessageId, reply } from '../reply.ts'
import type { Survey } from '../survey/survey.ts'
import { replyBlocked } from '../updates/load-user.ts'
import type { AnswerRequest } from './answer-request.ts'
import { wishOf } from './cart-actions.ts'
import { cartKeyboard } from './cart-keyboard.ts'
import { asView, renderCart } from './render-cart.ts'
import { texts } from './texts.ts'

interface PressKind {
  /** The button corrects the last cart. */
  correctsLast?: boolean | undefined
  /** The button makes only the link of this cart, without the model. */
  again?: UnfinishedCart | undefined
}

export interface Chat {
  composer: Composer<BotContext>
  /** Answers `text` as if the user had written it instead of pressing the button; the same button of a message only once. */
  press(ctx: BotContext, text: string, kind?: PressKind): Promise<void>
  /** Shows the cart that an earlier delivery of this update made and did not show. */
  showUnshown(ctx: BotContext): Promise<void>
}

export interface ChatDeps extends ConversationDeps {
  survey: Survey
  gate: ConsentGate
  answer: AnswerRequest
}

/** What a message or a pressed button asks for. */
interface Asked extends PressKind {
  text: string
  /** The button is shown as what the user asked. */
  isPressed: boolean
}

/** Handles messages that are not commands: loads the user, asks for consent, answers through the assistant. */
export function createChat(deps: ChatDeps): Chat {
  const { users, survey, answer, gate } = deps

  /** The event waits on disk like the message itself, so the code in the apology can be looked up afterwards. */
  const databaseDown = async (ctx: BotContext) => {
    const err = new UpstreamError('postgres', null, 'nothing is known of the user', true)
    await reportFailure(deps, ctx, err, { hadHistory: false, maybeRepeat: true })
    await reply(ctx, texts.databaseDown(supportLine(ctx.ref.requestId, deps.supportContact)))
  }
  const askLater = (asked: Asked) => async (ctx: BotContext, user: UserState | null) => {
    ctx.isMessage = true // it was written, and counted, before consent
    ctx.isCounted = true
    const known = user ?? (await ctx.user.catch(() => null))
    if (known === null) return databaseDown(ctx)
    if (known.blocked !== null) return replyBlocked(ctx, known.blocked)
    await answer(ctx, { user: known, ...asked, maybeRepeat: false })
  }
  const respond = async (
    ctx: BotContext,
    asked: Asked,
    { user, ...repeat }: { user: UserState; maybeRepeat: boolean; cart: UnshownCart | null },
  ) => {
    if (user.blocked !== null) return replyBlocked(ctx, user.blocked)
    // a user with a cart had agreed when it was made
    if (repeat.cart !== null) return showAgain(ctx, repeat.cart)
    if (asked.text.trim() === '') return reply(ctx, ctx.msg?.voice === undefined ? texts.onlyText : texts.onlyTextVoice)
    if (!gate.hasConsent(user)) return gate.ask(ctx, askLater(asked))
    if (!asked.isPressed && (await survey.takeFeedback(ctx, user))) return
    await answer(ctx, { user, ...asked, maybeRepeat: repeat.maybeRepeat })
  }

  const composer = new Composer<BotContext>()
  composer.on('message').use(async ctx => {
    const outcome = await users.message(ctx.ref, ctx.userId)
    ctx.isCounted = true
    if (outcome?.delivery === 'done') {
      ctx.outcome = 'repeated'
      return
    }
    if (ctx.stopsAnswer) {
      ctx.outcome = 'answered'
      return
    }
    if (outcome === null) return databaseDown(ctx)
    const { user, cart } = outcome
    await respond(
      ctx,
      { text: wishOf(ctx), isPressed: false },
      { user, cart, maybeRepeat: outcome.delivery === 'repeat' },
    )
  })

  return {
    composer,
    press: async (ctx, text, kind = {}) => {
      countAsMessage(ctx)
      const outcome = await users.message(ctx.ref, ctx.userId)
      ctx.isCounted = true
      const isAnswered = outcome?.delivery === 'done' && gate.hasConsent(outcome.user)
      await answerCallback(ctx, isAnswered ? texts.pressedBefore : undefined)
      if (isAnswered) return
      if (outcome === null) return databaseDown(ctx)
      const { user, cart } = outcome
      await respond(ctx, { text, isPressed: true, ...kind }, { user, cart, maybeRepeat: outcome.delivery !== 'first' })
    },
    showUnshown: async ctx => {
      // the text ended with a killed process; the cart made of it did not
      const made = await users.cartOf(ctx.ref, ctx.userId).catch(() => null)
      if (made !== null) await showAgain(ctx, made)
    },
  }
}

/**
 * Makes a press the message it stands for: it counts as one, and so does its failure. Its facts have ids of the button, not of
 * the press, so that a second press is a repeated delivery of the same message.
 */
function countAsMessage(ctx: BotContext): void {
  const pressed = pressedMessageId(ctx)
  const data = ctx.callbackQuery?.data
  if (pressed !== null && data !== undefined) ctx.ref = { ...ctx.ref, key: `press:${ctx.userId}:${pressed}:${data}` }
  ctx.isMessage = true
  ctx.updateType = 'message'
}

function showAgain(ctx: BotContext, { rated, ...cart }: UnshownCart): Promise<void> {
  const view = asView(cart)
  const message = joinHtml([texts.repeated, renderCart(view, { allergyWarning: false })], '\n\n')
  return reply(ctx, message, cartKeyboard(view, rated ?? null))
}
