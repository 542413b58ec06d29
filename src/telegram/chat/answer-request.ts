import type { UnfinishedCart } from '../../assistant/dialogue/unfinished.ts'
import type { QueuePlace } from '../../assistant/model/stream-queue.ts'
import { ownTurn } from '../../process/own-turn.ts'
import type { UserState } from '../../users/user-state.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { cutText } from '../cut-text.ts'
import { reportFailure } from '../failure.ts'
import { joinHtml } from '../html.ts'
import { reply, targetOf } from '../reply.ts'
import { watchDeparture } from '../updates/departure.ts'
import { cartsToGet } from '../wording.ts'
import { createDailyNote } from './daily-note.ts'
import { createDraftSupport } from './draft-support.ts'
import { createNewerMessages } from './newer-messages.ts'
import { type LastProgress, startProgress } from './progress.ts'
import { type RenderedAnswer, renderAnswer } from './render-answer.ts'
import { renderFailure } from './render-failure.ts'
import { requestNumberOf } from './request-number.ts'
import type { Stops } from './stops.ts'
import { textLimit } from './text-limit.ts'
import { texts } from './texts.ts'

/** What a user asks the assistant, by a message or by a pressed button. */
interface UserRequest {
  /** Not blocked, and with consent: the caller has checked. */
  user: UserState
  text: string
  /** The text is that of a pressed button: the reply begins with it. */
  isPressed?: boolean
  /** The button corrects the last cart. */
  correctsLast?: boolean | undefined
  maybeRepeat: boolean
  /** Only the link of this cart is to be made, without the model. */
  again?: UnfinishedCart | undefined
}

/** Asks the assistant and replies with what it achieved, whatever kind of update `ctx` is. */
export type AnswerRequest = (ctx: BotContext, request: UserRequest) => Promise<void>

export interface AnswerRequestDeps
  extends Pick<
    ConversationDeps,
    | 'assistant'
    | 'users'
    | 'departure'
    | 'noteShown'
    | 'allowance'
    | 'now'
    | 'sleep'
    | 'togetherMs'
    | 'elapsedMs'
    | 'notify'
    | 'recorder'
    | 'log'
    | 'supportContact'
    | 'waitingUsers'
    | 'queueGate'
  > {
  stops: Stops
}

/** The way of one request: queue, progress, assistant, failure, reply. */
export function createAnswerRequest(deps: AnswerRequestDeps): AnswerRequest {
  const { assistant, departure, noteShown, allowance, sleep, notify, stops, supportContact, waitingUsers, queueGate } =
    deps
  const drafts = createDraftSupport(deps)
  const newerMessages = createNewerMessages(deps)
  const disclaimers = createDailyNote(deps)
  return async (ctx, { user, text, isPressed = false, correctsLast = false, maybeRepeat, again }) => {
    await ownTurn('begins')
    // by an earlier process, or an earlier delivery; a button that was refused may be pressed again
    const wasLetIn = ctx.shownMessage !== null || (maybeRepeat && !isPressed)
    // the link alone needs no model
    const place = again === undefined ? (queueGate?.placeOf(ctx.waits.inbox > 0 ? 'from_inbox' : 'new') ?? null) : null
    if (place !== null && !wasLetIn && queueGate?.isTooLong(place)) return queueGate.refuse(ctx, place)

    const target = targetOf(ctx)
    const requestNumber = requestNumberOf(ctx)
    const stop = stops.begin(ctx.userId, requestNumber)
    const newer = newerMessages(ctx, text)
    const leave = watchDeparture(departure)
    const taken = ctx.shownMessage
    ctx.shownMessage = null
    /** Whether a process that takes over will find the message. */
    let isNoted = Promise.resolve(taken !== null)
    const progress = startProgress({
      ...{ api: ctx.api, target, sleep, drafts, waitingUsers, requestNumber, place },
      messageId: taken,
      onMessage: id => {
        isNoted = noteShown(ctx.update, id)
      },
    })
    /** Where the request would stand when so many came at the same moment that it may not wait after all. */
    let tooFar: QueuePlace | null = null
    const onQueue = (placeNow: (() => QueuePlace) | null, isFirst: boolean) => {
      leave.onlyWaits(isFirst)
      const mayWait = placeNow === null || wasLetIn || !isFirst || !queueGate?.isTooLong(placeNow())
      if (mayWait) return progress.queue(placeNow)
      tooFar = placeNow()
      stops.stop(ctx.userId, requestNumber)
    }
    const question = {
      ...{ update: ctx.ref, user, text: cutText(text, textLimit), correctsLast, maybeRepeat },
      onProgress: progress.show,
      onQueue,
      since: sinceOf(ctx, deps.now()),
      signal: leave.signal,
      stopSignal: stop.signal,
    }
    let last: LastProgress = { messageId: undefined, isLate: false }
    const answering = again
      ? assistant.makeCart(question, again)
      : assistant.answer({ ...question, takeNewer: newer.take })
    const given = await answering.finally(async () => {
      stop.end()
      leave.end()
      last = await progress.stop()
    })
    const drop = async (messageId: number | undefined) => {
      // a courtesy; failures are counted and logged where calls are made
      if (messageId !== undefined) await ctx.api.deleteMessage(target.chatId, messageId).catch(() => undefined)
    }
    if (leave.signal.aborted) {
      if (!(await isNoted)) await drop(last.messageId)
      leave.signal.throwIfAborted() // the next process will answer: an apology now would be one too many
    }
    if (tooFar !== null && given.isStopped) return queueGate?.refuse(ctx, tooFar, last.messageId)

    const failed = given.error !== null && given.error !== undefined
    if (failed) await reportFailure(deps, ctx, given.error, { hadHistory: given.hadHistory, maybeRepeat })
    const { surveyCompleted, userId } = user
    const disclaimer = given.cart !== null && disclaimers.isDue(userId)
    const rendered = renderAnswer(given, { allowance, surveyCompleted, disclaimer, requestId: ctx.ref.requestId })
    const { message, keyboard } = failed
      ? renderFailure(rendered, given, { requestId: ctx.ref.requestId, supportContact })
      : given.isStopped
        ? withStop(rendered)
        : (rendered ?? nothingToSay)
    const preface = [
      ...(isPressed && !again ? [texts.asked(text)] : []),
      ...(text.length > textLimit ? [texts.tooLong] : []),
    ]
    await reply(ctx, joinHtml([...preface, message], '\n\n'), keyboard, last.isLate ? undefined : last.messageId)
    if (last.isLate) await drop(last.messageId)
    const paid = given.cart?.inviterPaid
    if (paid) await notify(paid.userId, texts.inviterPaid(cartsToGet(paid.bonus), paid.cartsLeft))
  }
}

/** When the update came, without the time it waited behind earlier ones of the same user, so that a series of messages overtakes no other user. */
const sinceOf = ({ receivedAt, waits }: BotContext, now: Date): Date =>
  new Date(now.getTime() - (performance.now() - receivedAt) + waits.queue)

const nothingToSay: RenderedAnswer = { message: texts.nothingToSay }

/** What a stop leaves: a cart whose link was made before it, or nothing. */
const withStop = (rendered: RenderedAnswer | null): RenderedAnswer =>
  rendered === null
    ? { message: texts.stopped }
    : { ...rendered, message: joinHtml([texts.stoppedWithCart, rendered.message], '\n\n') }
