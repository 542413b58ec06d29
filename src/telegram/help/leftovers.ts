import { Composer } from 'grammy'
import type { BotContext } from '../context.ts'
import { answerCallback, reply } from '../reply.ts'
import { texts } from './texts.ts'

/** What nobody else wanted: unknown commands, old or forged buttons. */
export function createLeftovers(): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer.filter(ctx => ctx.command !== null).use(ctx => reply(ctx, texts.unknownCommand))
  composer.on('callback_query', ctx => answerCallback(ctx, texts.oldButton))
  return composer
}
