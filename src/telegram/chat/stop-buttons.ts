import { Composer } from 'grammy'
import type { Update } from 'grammy/types'
import type { BotContext } from '../context.ts'
import { answerCallback, reply } from '../reply.ts'
import { textOf } from '../updates/message-content.ts'
import { requestNumberOf } from './request-number.ts'
import type { Stops } from './stops.ts'
import { texts } from './texts.ts'

/** A whole message that asks to stop, and nothing else; the word may be written like a command. */
const stopWord = /^[\s.!]*(?:стоп|stop|хватит|остановись|прекрати|отмена|\/(?:stop(?:@\w+)?|стоп))[\s.!]*$/iu
const stopData = /^stop_(\d{1,16})$/

/** Whether the update asks to stop an answer. It may come in any shape. */
export function isStop({ message, callback_query: query, stopped_message_generation: stopped }: Update): boolean {
  const data: unknown = query?.data
  return stopped !== undefined || stopWord.test(textOf(message)) || (typeof data === 'string' && stopData.test(data))
}

/**
 * The ways to stop an answer in flight: the button of its draft, the one of its progress message, the word, /stop. To run before
 * the queue, in which they would wait for the very answer. A stop that comes too late changes nothing.
 */
export function createStopButtons(stops: Stops): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  /** Stops the request of the button, or of the draft; one that waits in the inbox and has not begun is stopped when it does. */
  const stop = (ctx: BotContext, requestNumber: number): boolean => {
    const isStopped = stops.stop(ctx.userId, requestNumber)
    if (!isStopped) stops.stopEarlier(ctx.userId, requestNumberOf(ctx), () => undefined)
    return isStopped
  }
  composer.on('stopped_message_generation', ctx => {
    if (stop(ctx, ctx.stoppedMessageGeneration.draft_id)) ctx.outcome = 'answered'
  })
  composer.callbackQuery(stopData, ctx =>
    answerCallback(ctx, stop(ctx, Number(ctx.match[1])) ? texts.stopping : texts.nothingToStop),
  )
  composer.on('message', (ctx, next) => {
    if (stopWord.test(ctx.messageText) || ctx.command?.name === 'stop') {
      ctx.stopsAnswer = stops.stop(ctx.userId)
      const onStop = () => {
        ctx.stopsAnswer = true
      }
      if (!ctx.stopsAnswer) stops.stopEarlier(ctx.userId, requestNumberOf(ctx), onStop)
    }
    return next() // the word is counted like any message, the command is answered when nothing was stopped
  })
  return composer
}

/** /stop: the stopped answer says so itself. */
export async function handleStop(ctx: BotContext): Promise<void> {
  if (ctx.stopsAnswer) ctx.outcome = 'answered'
  else await reply(ctx, texts.nothingInFlight)
}
