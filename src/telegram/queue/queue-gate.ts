import { Composer, InlineKeyboard } from 'grammy'
import type { QueuePlace } from '../../assistant/model/stream-queue.ts'
import type { StreamState } from '../../assistant/model/streams.ts'
import type { BotContext } from '../context.ts'
import { joinHtml } from '../html.ts'
import { answerCallback, changePressed, reply } from '../reply.ts'
import type { QueueMetrics } from './metrics.ts'
import type { RefusalStore } from './refusal-store.ts'
import { texts } from './texts.ts'

export interface QueueGateDeps {
  streams: () => StreamState
  /** Where a request that came now would stand, behind those in the inbox too; null when it would not wait. */
  placeOfNew(): QueuePlace | null
  /** The longest wait for the model, in milliseconds; who would wait longer is refused. */
  maxWaitMs: number
  store: Pick<RefusalStore, 'refuse' | 'wantReminder'>
  metrics: QueueMetrics
}

/** Decides who may wait for the model, and refuses the others. */
export interface QueueGate {
  /** Where a request that came now would stand, or one that has waited in the inbox and goes on now; null when it would not wait. */
  placeOf(request: 'new' | 'from_inbox'): QueuePlace | null
  isTooLong(place: QueuePlace): boolean
  /** Replies to a request that may not wait; `replacedId` is a message of the bot that becomes the reply. */
  refuse(ctx: BotContext, place: QueuePlace, replacedId?: number): Promise<void>
  buttons: Composer<BotContext>
}

const remindData = 'queue_remind'

/** A user who is refused is no failure: nothing was tried. The update is not done, so that the same button works later. */
export function createQueueGate({ streams, placeOfNew, maxWaitMs, store, metrics }: QueueGateDeps): QueueGate {
  const buttons = new Composer<BotContext>()
  buttons.callbackQuery(remindData, async ctx => {
    const isStored = await store.wantReminder(ctx.userId).then(
      () => true,
      () => false, // the failing query is counted; PostgreSQL is reported where facts are stored
    )
    if (!isStored) return answerCallback(ctx, texts.remindFailed)
    metrics.reminder('wanted')
    await answerCallback(ctx, texts.remindSet)
    await changePressed(ctx, texts.willRemind)
  })
  return {
    placeOf: request => (request === 'new' ? placeOfNew() : streams().ofNew),
    isTooLong: ({ waitMs }) => waitMs > maxWaitMs,
    refuse: async (ctx, { waitMs }, replacedId) => {
      metrics.refused()
      await store.refuse(ctx.userId).catch(() => undefined) // only a number of the report
      const message = joinHtml([texts.refused(waitMs), texts.offer], '\n\n')
      await reply(ctx, message, new InlineKeyboard().text(texts.remind, remindData), replacedId)
      ctx.outcome = 'busy'
    },
    buttons,
  }
}
