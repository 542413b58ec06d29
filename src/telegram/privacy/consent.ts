import { Composer, InlineKeyboard } from 'grammy'
import type { UserState } from '../../users/user-state.ts'
import type { CommandWithButtons } from '../commands.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import { answerCallback, changePressed, reply, replyToPress } from '../reply.ts'
import { exampleButtons } from '../start/example-buttons.ts'
import { type ConsentGate, moreData } from './consent-gate.ts'
import { consentText, privacyText } from './policy.ts'
import { texts } from './texts.ts'

export interface ConsentDeps extends ConversationDeps {
  gate: ConsentGate
  /** Shows the cart of a request that was lost with a killed process. */
  showUnshown(ctx: BotContext): Promise<void>
}

/** /privacy, the buttons of consent and withdrawal. */
export function createConsent(deps: ConsentDeps): CommandWithButtons {
  const { users, assistant, supportContact, modelReaders, gate } = deps
  const goOn = async (ctx: BotContext, user: UserState | null) => {
    const wanted = gate.take(ctx.userId)
    await (wanted === undefined ? deps.showUnshown(ctx) : wanted(ctx, user))
  }
  const composer = new Composer<BotContext>()
  composer.callbackQuery(gate.agreeData, async ctx => {
    const user = await users.consent(ctx.ref, ctx.userId, gate.version)
    await answerCallback(ctx)
    if (gate.hasWaiting(ctx.userId)) await replyToPress(ctx, texts.consentGivenGoOn)
    else await replyToPress(ctx, texts.consentGiven, exampleButtons())
    await goOn(ctx, user)
  })
  composer.callbackQuery(/^consent_yes_/, async ctx => {
    await answerCallback(ctx, texts.consentChanged)
    await gate.ask(ctx)
  })
  composer.callbackQuery(moreData, async ctx => {
    await answerCallback(ctx)
    const full = consentText(supportContact, modelReaders)
    const agree = new InlineKeyboard().text(texts.agree, gate.agreeData)
    if (!(await changePressed(ctx, full, agree))) await reply(ctx, full, agree)
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
    await reply(ctx, privacyText(supportContact, modelReaders), keyboard)
  }
  return { handle: showPolicy, buttons: composer }
}
