import { Composer } from 'grammy'
import type { CommandWithButtons } from '../commands.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import type { ConsentGate } from '../privacy/consent-gate.ts'
import { reply } from '../reply.ts'
import { replyBlocked } from '../updates/load-user.ts'
import { exampleButtons, examples } from './example-buttons.ts'
import { texts } from './texts.ts'

export interface StartDeps extends ConversationDeps {
  gate: ConsentGate
  /** Answers the text of a button as if it had been written. */
  press(ctx: BotContext, text: string): Promise<void>
}

/** /start with the payload of a deep link: registers, greets with examples, asks for consent, notifies the inviter. */
export function createStart({ users, allowance, notify, gate, press }: StartDeps): CommandWithButtons {
  const composer = new Composer<BotContext>()
  for (const [data, text] of Object.entries(examples)) composer.callbackQuery(data, ctx => press(ctx, text))

  const handle = async (ctx: BotContext) => {
    const outcome = await users.start(ctx.ref, ctx.userId, ctx.command?.payload ?? '')
    if (outcome === null) return reply(ctx, texts.greeting(null, allowance), exampleButtons())
    const { user, isNewUser, inviterId, repeat } = outcome
    if (user.blocked !== null) return replyBlocked(ctx, user.blocked)

    const isBack = !isNewUser && gate.hasConsent(user)
    await reply(ctx, isBack ? texts.welcomeBack(user) : texts.greeting(user, allowance), exampleButtons())
    if (!gate.hasConsent(user)) await gate.ask(ctx)
    if (inviterId !== null && !repeat) await notify(inviterId, texts.friendCame(allowance.referralBonus))
  }
  return { handle, buttons: composer }
}
