import { Composer, InlineKeyboard } from 'grammy'
import type { CommandHandler } from '../commands.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { reportFailure, supportLine } from '../failure.ts'
import type { Html } from '../html.ts'
import { answerCallback, reply, replyToPress } from '../reply.ts'
import type { ConsentGate } from './consent-gate.ts'
import { createRestrictionsEditor } from './restrictions-editor.ts'
import { texts } from './texts.ts'

const validForSeconds = 10 * 60

export interface Erasure {
  /** Handles /me. */
  showRecord: CommandHandler
  /** Handles /delete_me. */
  ask: CommandHandler
  buttons: Composer<BotContext>
}

/** /me and /delete_me: two questions whose buttons expire, then erasure everywhere and a receipt. */
export function createErasure(deps: ConversationDeps & { gate: ConsentGate }): Erasure {
  const { users, assistant, now, eraseAlso } = deps
  const editor = createRestrictionsEditor(deps)
  const seconds = () => Math.floor(now().getTime() / 1000)
  const isFresh = (ctx: BotContext) => {
    const askedAt = Number.parseInt(ctx.callbackQuery?.data?.split('_')[2] ?? '', 36)
    return askedAt <= seconds() && seconds() - askedAt <= validForSeconds
  }
  const stale = (ctx: BotContext) => answerCallback(ctx, texts.eraseExpired)
  const question = (step: 'sure' | 'now', yes: string) =>
    new InlineKeyboard()
      .text(yes, `erase_${step}_${seconds().toString(36)}`)
      .row()
      .text(texts.eraseNo, 'erase_no')

  /** The receipt for the user: it promises nothing that a kill could undo. */
  const erase = async (ctx: BotContext): Promise<Html> => {
    try {
      const outcome = await users.erase(ctx.ref, ctx.userId)
      return outcome === null ? texts.eraseLater : texts.erased(outcome)
    } catch (err) {
      await reportFailure(deps, ctx, err, { hadHistory: false })
      return texts.eraseFailed(supportLine(ctx.ref.requestId, deps.supportContact))
    }
  }

  const composer = new Composer<BotContext>()
  composer.use(editor.buttons)
  composer.callbackQuery(/^erase_sure_[0-9a-z]{1,8}$/, async ctx => {
    if (!isFresh(ctx)) return stale(ctx)
    await answerCallback(ctx)
    await replyToPress(ctx, texts.eraseSure, question('now', texts.eraseSureYes))
  })
  composer.callbackQuery(/^erase_now_[0-9a-z]{1,8}$/, async ctx => {
    if (!isFresh(ctx)) return stale(ctx)
    await assistant.forget(ctx.userId)
    await eraseAlso(ctx.userId)
    const receipt = await erase(ctx)
    await answerCallback(ctx)
    await replyToPress(ctx, receipt)
  })
  composer.callbackQuery('erase_no', async ctx => {
    await answerCallback(ctx)
    await replyToPress(ctx, texts.eraseKept)
  })
  return {
    showRecord: async ctx => {
      const shown = await editor.record(ctx)
      await reply(ctx, shown?.text ?? texts.unknown, shown?.keyboard)
    },
    ask: ctx => reply(ctx, texts.eraseQuestion, question('sure', texts.eraseYes)),
    buttons: composer,
  }
}
