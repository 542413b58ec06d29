import { Composer, InlineKeyboard } from 'grammy'
import { type Pmf, pmfAnswers, type UsefulFeature, usefulFeatures } from '../../events/catalogue.ts'
import { maskPersonalData } from '../../telemetry/masking.ts'
import type { SurveyProgress, UserState } from '../../users/user-state.ts'
import { cartsLeft } from '../carts-left.ts'
import type { CommandWithButtons } from '../commands.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import type { ConsentGate, WaitingRequest } from '../privacy/consent-gate.ts'
import { answerCallback, changePressed, reply } from '../reply.ts'
import { maySurvey } from './may-survey.ts'
import { texts } from './texts.ts'

export interface Survey extends CommandWithButtons {
  /** Takes the message as the answer to the last question when one is awaited; false when it is none. */
  takeFeedback(ctx: BotContext, user: UserState): Promise<boolean>
}

type Answers = { pmf: Pmf; usefulFeature: UsefulFeature }

/** Code points. */
const feedbackLimit = 500
/** After this long a message is taken for an order, not for feedback. */
const awaitedForMs = 30 * 60_000

/** /survey: two questions by buttons, one by text or button; the progress is stored in the database. */
export function createSurvey({ users, allowance, now, gate }: ConversationDeps & { gate: ConsentGate }): Survey {
  const isFresh = ({ askedAt }: SurveyProgress) => now().getTime() - Date.parse(askedAt) <= awaitedForMs
  const askedAt = () => now().toISOString()

  const goOn: WaitingRequest = (ctx, user) => {
    if (user !== null) ctx.user = Promise.resolve(user)
    return begin(ctx)
  }
  const begin = async (ctx: BotContext): Promise<void> => {
    const user = await ctx.user
    if (user === null) return reply(ctx, texts.unknown)
    if (!gate.hasConsent(user)) return gate.ask(ctx, goOn)
    if (!maySurvey(user)) return reply(ctx, user.surveyCompleted ? texts.alreadyCompleted : texts.needsCart)
    await reply(ctx, texts.pmfQuestion(allowance.surveyBonus), buttons('survey_pmf', pmfAnswers, texts.pmf))
  }
  /** Resolves to the user when they may go on; otherwise replies why not and resolves to null. */
  const goingOn = async (ctx: BotContext): Promise<UserState | null> => {
    const user = await ctx.user
    if (user !== null && gate.hasConsent(user) && maySurvey(user)) return user
    await answerCallback(ctx)
    await begin(ctx)
    return null
  }
  const complete = async (ctx: BotContext, user: UserState, answers: Answers & { feedback: string | null }) => {
    const outcome = await users.completeSurvey(ctx.ref, ctx.userId, answers)
    if (outcome === null) return texts.completedLater
    if (outcome.completed) return texts.completed(outcome.bonus, cartsLeft({ ...user, cartLimit: outcome.cartLimit }))
    return outcome.needsCart ? texts.needsCart : texts.alreadyCompleted
  }

  const composer = new Composer<BotContext>()
  composer.callbackQuery('survey_start', async ctx => {
    await answerCallback(ctx)
    await begin(ctx)
  })
  composer.callbackQuery(/^survey_pmf_([a-z]+)$/, async (ctx, next) => {
    const pmf = pmfAnswers.find(known => known === ctx.match[1])
    if (pmf === undefined) return next()
    if ((await goingOn(ctx)) === null) return
    await users.saveSurvey(ctx.userId, { pmf, usefulFeature: null, askedAt: askedAt() })
    await answerCallback(ctx)
    await changePressed(ctx, texts.chosen(texts.pmfQuestion(allowance.surveyBonus), texts.pmf[pmf]))
    await reply(ctx, texts.featureQuestion, buttons('survey_feat', usefulFeatures, texts.feature))
  })
  composer.callbackQuery(/^survey_feat_([a-z]+)$/, async (ctx, next) => {
    const usefulFeature = usefulFeatures.find(known => known === ctx.match[1])
    if (usefulFeature === undefined) return next()
    const user = await goingOn(ctx)
    if (user === null) return
    if (user.survey === null) return answerCallback(ctx, texts.expired)
    await users.saveSurvey(ctx.userId, { pmf: user.survey.pmf, usefulFeature, askedAt: askedAt() })
    await answerCallback(ctx)
    await changePressed(ctx, texts.chosen(texts.featureQuestion, texts.feature[usefulFeature]))
    const keyboard = new InlineKeyboard().text(texts.allFine, 'survey_done').text(texts.skip, 'survey_skip')
    await reply(ctx, texts.feedbackQuestion, keyboard)
  })
  composer.callbackQuery(['survey_done', 'survey_skip'], async ctx => {
    const user = await goingOn(ctx)
    if (user === null) return
    const answers = answersOf(user.survey)
    if (answers === null) return answerCallback(ctx, texts.expired)
    const result = await complete(ctx, user, { ...answers, feedback: null })
    await answerCallback(ctx)
    const label = ctx.callbackQuery.data === 'survey_done' ? texts.allFine : texts.skip
    await changePressed(ctx, texts.chosen(texts.feedbackQuestion, label))
    await reply(ctx, result)
  })

  return {
    handle: begin,
    buttons: composer,
    takeFeedback: async (ctx, user) => {
      const answers = answersOf(user.survey)
      if (answers === null || user.survey === null || !maySurvey(user) || !isFresh(user.survey)) return false
      await reply(ctx, await complete(ctx, user, { ...answers, feedback: feedbackOf(ctx.messageText) }))
      return true
    },
  }
}

function answersOf(progress: SurveyProgress | null): Answers | null {
  if (progress === null || progress.usefulFeature === null) return null
  return { pmf: progress.pmf, usefulFeature: progress.usefulFeature }
}

// masked before it is cut: half a phone number would no longer be recognised
const feedbackOf = (text: string): string => Array.from(maskPersonalData(text.trim())).slice(0, feedbackLimit).join('')

function buttons<T extends string>(prefix: string, values: readonly T[], labels: Record<T, string>): InlineKeyboard {
  const keyboard = new InlineKeyboard()
  for (const value of values) keyboard.text(labels[value], `${prefix}_${value}`).row()
  return keyboard
}
