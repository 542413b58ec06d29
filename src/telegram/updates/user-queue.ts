import { sequentialize } from '@grammyjs/runner'
import { Composer, type MiddlewareFn } from 'grammy'
import { LRUCache } from 'lru-cache'
import type { BotContext } from '../context.ts'
import { html } from '../html.ts'
import { answerCallback, reply } from '../reply.ts'

const texts = {
  busy: html`Ещё отвечаю на прошлые сообщения. Дождитесь ответа, пожалуйста, и напишите снова.`,
  busyCallback: 'Ещё отвечаю на прошлое сообщение',
}
/** How many updates of one person may wait behind the one being handled. */
const waitingLimit = 3
/** Updates dealt with by this process that it would recognise when Telegram delivers them again. */
const remembered = 10_000

/**
 * One update of a person at a time, in order. What comes on top of three waiting ones is turned away, with one polite
 * word until the queue is empty; what this process has dealt with already is not handled again.
 */
export function createUserQueue(): Composer<BotContext> {
  const inHand = new Map<number, { count: number; told: boolean }>()
  const dealtWith = new LRUCache<string, true>({ max: remembered })

  const bound: MiddlewareFn<BotContext> = async (ctx, next) => {
    const queue = inHand.get(ctx.userId) ?? { count: 0, told: false }
    if (queue.count > waitingLimit) {
      ctx.outcome = 'busy'
      if (ctx.callbackQuery !== undefined) return answerCallback(ctx, texts.busyCallback)
      if (queue.told) return
      queue.told = true
      return reply(ctx, texts.busy)
    }
    inHand.set(ctx.userId, queue)
    queue.count += 1
    try {
      await next()
    } finally {
      queue.count -= 1
      if (queue.count === 0) inHand.delete(ctx.userId)
    }
  }
  const skipRepeated: MiddlewareFn<BotContext> = async (ctx, next) => {
    if (dealtWith.has(ctx.ref.key)) {
      ctx.outcome = 'repeated'
      return
    }
    await next()
    dealtWith.set(ctx.ref.key, true)
  }

  const composer = new Composer<BotContext>()
  composer.use(
    bound,
    sequentialize(ctx => String(ctx.userId)),
    skipRepeated,
  )
  return composer
}
