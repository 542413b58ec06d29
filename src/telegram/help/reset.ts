import type { CommandHandler } from '../commands.ts'
import type { ConversationDeps } from '../conversation.ts'
import { reply } from '../reply.ts'
import { texts } from './texts.ts'

/** Handles /reset: clears the dialogue. */
export const createReset =
  ({ assistant }: Pick<ConversationDeps, 'assistant'>): CommandHandler =>
  async ctx => {
    await assistant.forget(ctx.userId)
    await reply(ctx, texts.reset)
  }
