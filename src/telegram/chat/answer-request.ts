import type { UserState } from '../../users/user-state.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { cutText } from '../cut-text.ts'
import { apologyFor, reportFailure } from '../failure.ts'
import { html, joinHtml } from '../html.ts'
import { reply, targetOf } from '../reply.ts'
import { cartsToGet } from '../wording.ts'
import { createDailyNote } from './daily-note.ts'
import { createNewerMessages } from './newer-messages.ts'
import { startProgress } from './progress.ts'
import { type RenderedAnswer, renderAnswer } from './render-answer.ts'
import { textLimit } from './text-limit.ts'
import { texts } from './texts.ts'

/** What a user asks the assistant, by a message or by a pressed button. */
interface UserRequest {
  /** Not blocked, and with consent: the caller has checked. */
  user: UserState
  text: string
  /** The text is that of a pressed button: the reply begins with it. */
  isPressed?: boolean
  maybeRepeat: boolean
}

/** Asks the assistant and replies with what it achieved, whatever kind of update `ctx` is. */
export type AnswerRequest = (ctx: BotContext, request: UserRequest) => Promise<void>

export type AnswerRequestDeps = Pick<
  ConversationDeps,
  'assistant' | 'users' | 'abandoned' | 'allowance' | 'now' | 'sleep' | 'togetherMs' | 'notify' | 'recorder' | 'log'
>

/** The way of one request: progress, assistant, failure, reply. */
export function createAnswerRequest(deps: AnswerRequestDeps): AnswerRequest {
  const { assistant, abandoned, allowance, sleep, notify } = deps
  const newerMessages = createNewerMessages(deps)
  const disclaimers = createDailyNote(deps)
  return async (ctx, { user, text, isPressed = false, maybeRepeat }) => {
    const newer = newerMessages(ctx, text)
    const progress = startProgress({ api: ctx.api, target: targetOf(ctx), sleep })
    const question = { update: ctx.ref, user, text: cutText(text, textLimit), maybeRepeat }
    const given = await assistant
      .answer({ ...question, takeNewer: newer.take, onProgress: progress.show, signal: abandoned })
      .finally(() => progress.stop())
    abandoned.throwIfAborted() // the next process will answer: an apology now would be one too many

    const failed = given.error !== null && given.error !== undefined
    if (failed) await reportFailure(deps, ctx, given.error, { hadHistory: given.hadHistory, maybeRepeat })
    const { surveyCompleted, userId } = user
    const disclaimer = given.cart !== null && disclaimers.isDue(userId)
    const rendered = renderAnswer(given, { allowance, surveyCompleted, disclaimer })
    const { message, keyboard } = failed ? withFailure(rendered, given.error, ctx) : (rendered ?? nothingToSay)
    const preface = [...(isPressed ? [texts.asked(text)] : []), ...(text.length > textLimit ? [texts.tooLong] : [])]
    await reply(ctx, joinHtml([...preface, message], '\n\n'), keyboard)
    const paid = given.cart?.inviterPaid
    if (paid) await notify(paid.userId, texts.inviterPaid(cartsToGet(paid.bonus), paid.cartsLeft))
  }
}

const nothingToSay: RenderedAnswer = { message: texts.nothingToSay }

/** An apology, after whatever was achieved before the failure. */
function withFailure(rendered: RenderedAnswer | null, err: unknown, ctx: BotContext): RenderedAnswer {
  const { requestId } = ctx.ref
  if (rendered === null) return { message: apologyFor(err, requestId) }
  return { ...rendered, message: html`${rendered.message}\n\n${texts.brokenOff(requestId)}` }
}
