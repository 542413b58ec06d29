import { limit } from '@grammyjs/ratelimiter'
import { Composer } from 'grammy'
import type { BotContext } from '../context.ts'
import { html } from '../html.ts'
import { answerCallback, reply } from '../reply.ts'
import { type ThrottleStore, throttleKey } from './throttle-store.ts'

export interface ThrottleSettings {
  /** Messages a user may send per window; commands and buttons have a limit of their own. */
  messages: number
  actions: number
  windowMs: number
}

export const defaultThrottle: ThrottleSettings = { messages: 20, actions: 60, windowMs: 60_000 }

const texts = {
  throttled: html`Вы пишете быстрее, чем я успеваю собирать корзины 🙂 Продолжим через минуту.`,
  throttledCallback: 'Не так быстро, пожалуйста. Попробуйте через минуту',
}

/** Rejects what a user sends too fast, with one polite reply per window. */
export function createThrottle(store: ThrottleStore, settings: ThrottleSettings): Composer<BotContext> {
  const throttle = (kind: 'messages' | 'actions') => {
    const reject = async (ctx: BotContext) => {
      if (ctx.callbackQuery !== undefined) await answerCallback(ctx, texts.throttledCallback)
      else await reply(ctx, texts.throttled)
    }
    const limiter = limit<BotContext, ThrottleStore>({
      limit: settings[kind],
      timeFrame: settings.windowMs,
      keyPrefix: `throttle:${kind}:`,
      keyGenerator: ctx => throttleKey(ctx.userId, ctx.ref.key),
      storageClient: store,
      onLimitExceeded: reject,
    })
    const composer = new Composer<BotContext>()
    composer.use(async (ctx, next) => {
      let passed = false
      await limiter(ctx, async () => {
        passed = true
      })
      if (!passed) ctx.outcome = 'throttled'
      else await next()
    })
    return composer
  }
  const messages = throttle('messages')
  const actions = throttle('actions')
  const composer = new Composer<BotContext>()
  composer.lazy(ctx => (ctx.command === null && ctx.callbackQuery === undefined ? messages : actions))
  return composer
}
