import { Composer } from 'grammy'
import type { BotContext } from '../context.ts'
import { answerCallback, reply } from '../reply.ts'
import { texts } from './texts.ts'

/** Answers unknown commands, and old or forged buttons. */
export function createFallback(): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer.filter(ctx => ctx.command !== null).use(ctx => reply(ctx, texts.unknownCommand))
  composer.on('callback_query', ctx => answerCallback(ctx, texts.oldButton))
  return composer
}
