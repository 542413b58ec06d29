import { Composer } from 'grammy'
import type { Assistant } from '../../assistant/assistant.ts'
import type { BotContext } from '../context.ts'
import { answerCallback } from '../reply.ts'
import type { Chat } from './chat.ts'
import { texts } from './texts.ts'

export interface GoOnButtonsDeps {
  assistant: Pick<Assistant, 'unfinished' | 'dropUnfinished'>
  press: Chat['press']
}

/**
 * «Повторить» and «Собрать ссылку» under a failure. The request is dropped after its answer, not before: a process killed in
 * between finds it again when the press is delivered again.
 */
export function createGoOnButtons({ assistant, press }: GoOnButtonsDeps): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer.callbackQuery(/^(again|link)_([\w-]{1,50})$/, async ctx => {
    const id = ctx.match[2] ?? ''
    const found = await assistant.unfinished(ctx.userId, id)
    if (found === null) return answerCallback(ctx, texts.unfinishedExpired)
    await press(ctx, found.text, { again: found.kind === 'cart' ? found : undefined })
    // refused by the queue it is still to be done
    if (ctx.outcome !== 'busy') await assistant.dropUnfinished(ctx.userId, id)
  })
  return composer
}
