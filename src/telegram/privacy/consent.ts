import { Composer, InlineKeyboard } from 'grammy'
import type { UserState } from '../../users/user-state.ts'
import type { CommandWithButtons } from '../commands.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { answerCallback, reply, replyToPress } from '../reply.ts'
import { consentText, consentVersion, privacyText } from './policy.ts'
import { texts } from './texts.ts'

/** True if the user agreed to the current version of the text. */
export const hasConsent = (user: UserState): boolean => user.consentVersion === consentVersion

const agreeData = `consent_yes_${consentVersion}`

/** Shows the consent text with its button. */
export const askForConsent = (ctx: BotContext, { supportContact }: Pick<ConversationDeps, 'supportContact'>) =>
  reply(ctx, consentText(supportContact), new InlineKeyboard().text(texts.agree, agreeData))

export interface ConsentDeps extends ConversationDeps {
  /** Answers what the user wrote before they agreed. */
  resume(ctx: BotContext, user: UserState | null): Promise<void>
  hasWaiting(userId: number): boolean
}

/** /privacy, the consent button and withdrawal. */
export function createConsent(deps: ConsentDeps): CommandWithButtons {
  const { users, assistant, supportContact } = deps
  const composer = new Composer<BotContext>()
  composer.callbackQuery(agreeData, async ctx => {
    const user = await users.consent(ctx.ref, ctx.userId, consentVersion)
    await answerCallback(ctx)
    await replyToPress(ctx, deps.hasWaiting(ctx.userId) ? texts.consentGivenGoOn : texts.consentGiven)
    await deps.resume(ctx, user)
  })
  composer.callbackQuery(/^consent_yes_/, async ctx => {
    await answerCallback(ctx, texts.consentChanged)
    await askForConsent(ctx, deps)
  })
  composer.callbackQuery('consent_withdraw', async ctx => {
    const user = await users.consent(ctx.ref, ctx.userId, null)
    await assistant.forget(ctx.userId)
    await answerCallback(ctx)
    await replyToPress(ctx, user === null ? texts.consentRecordedLater : texts.consentWithdrawn)
  })
  const showPolicy = async (ctx: BotContext) => {
    const user = await ctx.user.catch(() => null) // the text is owed to everyone, database or not
    const given = user !== null && user.consentVersion !== null
    const keyboard = given ? new InlineKeyboard().text(texts.withdraw, 'consent_withdraw') : undefined
    await reply(ctx, privacyText(supportContact), keyboard)
  }
  return { handle: showPolicy, buttons: composer }
}
