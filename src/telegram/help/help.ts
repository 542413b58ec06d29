import { Composer } from 'grammy'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { reply } from '../reply.ts'
import { texts } from './texts.ts'

/** /help and /reset. */
export function createHelp({ assistant, allowance, supportContact }: ConversationDeps): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer.filter(ctx => ctx.command?.name === 'help').use(ctx => reply(ctx, texts.help(allowance, supportContact)))
  composer
    .filter(ctx => ctx.command?.name === 'reset')
    .use(async ctx => {
      await assistant.forget(ctx.userId)
      await reply(ctx, texts.reset)
    })
  return composer
}
