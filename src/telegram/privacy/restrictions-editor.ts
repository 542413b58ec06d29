import { createHash } from 'node:crypto'
import { Composer, InlineKeyboard } from 'grammy'
import type { Restriction } from '../../users/users.ts'
import type { BotContext } from '../context.ts'
import type { ConversationDeps } from '../conversation.ts'
import type { Html } from '../html.ts'
import { answerCallback, changePressed, reply } from '../reply.ts'
import type { ConsentGate } from './consent-gate.ts'
import { texts } from './texts.ts'

/** What most users have, by a name that stays the same while a button lives. */
const common: Record<string, Restriction> = {
  vegan: { kind: 'diet', value: 'веган' },
  vegetarian: { kind: 'diet', value: 'вегетарианец' },
  fast: { kind: 'diet', value: 'пост' },
  halal: { kind: 'diet', value: 'халяль' },
  gluten: { kind: 'diet', value: 'без глютена' },
  sugar: { kind: 'diet', value: 'без сахара' },
  lactose: { kind: 'allergy', value: 'лактоза' },
  milk: { kind: 'allergy', value: 'молоко' },
  nuts: { kind: 'allergy', value: 'орехи' },
  eggs: { kind: 'allergy', value: 'яйца' },
  fish: { kind: 'allergy', value: 'рыба' },
  seafood: { kind: 'allergy', value: 'морепродукты' },
  soy: { kind: 'allergy', value: 'соя' },
  honey: { kind: 'allergy', value: 'мёд' },
}
/** Telegram allows 100 buttons; more than these are removed by asking the bot. */
const mostShown = 20

/** What a button names a restriction by: callback data holds 64 bytes, less than a value. */
const keyOf = ({ kind, value }: Restriction) =>
  createHash('sha256').update(`${kind} ${value}`).digest('base64url').slice(0, 16)
const isSame = (a: Restriction, b: Restriction) =>
  a.kind === b.kind && a.value.replaceAll('ё', 'е') === b.value.replaceAll('ё', 'е')

async function replace(ctx: BotContext, text: Html, keyboard?: InlineKeyboard): Promise<void> {
  if (!(await changePressed(ctx, text, keyboard))) await reply(ctx, text, keyboard)
}

/** The restrictions of /me and the buttons that change them. A press twice, or on an old message, is harmless. */
export function createRestrictionsEditor({ users, gate }: Pick<ConversationDeps, 'users'> & { gate: ConsentGate }) {
  /** The record of a user with its buttons; null when they are not registered. */
  async function record(ctx: BotContext): Promise<{ text: Html; keyboard: InlineKeyboard | undefined } | null> {
    const user = await ctx.user
    if (user === null) return null
    const restrictions = await users.restrictions(ctx.userId).catch(() => null)
    const text = texts.me(user, gate.hasConsent(user), restrictions)
    if (restrictions === null) return { text, keyboard: undefined }
    const keyboard = new InlineKeyboard()
    for (const restriction of restrictions.slice(0, mostShown)) {
      keyboard.text(texts.removeRestriction(restriction), `food_del_${keyOf(restriction)}`).row()
    }
    if (gate.hasConsent(user)) keyboard.text(texts.addRestriction, 'food_menu')
    return { text, keyboard }
  }

  async function showAgain(ctx: BotContext): Promise<void> {
    const shown = await record(ctx)
    await replace(ctx, shown?.text ?? texts.unknown, shown?.keyboard)
  }

  const composer = new Composer<BotContext>()
  composer.callbackQuery(/^food_del_(?<key>[\w-]{16})$/, async ctx => {
    const stored = await users.restrictions(ctx.userId)
    const pressed = stored.find(restriction => keyOf(restriction) === ctx.match[1])
    if (pressed !== undefined) await users.removeRestriction(ctx.userId, pressed)
    await answerCallback(ctx, pressed === undefined ? texts.restrictionAbsent : texts.restrictionRemoved)
    await showAgain(ctx)
  })
  composer.callbackQuery('food_menu', async ctx => {
    const stored = await users.restrictions(ctx.userId)
    const keyboard = new InlineKeyboard()
    const offered = Object.entries(common).filter(
      ([, restriction]) => !stored.some(other => isSame(other, restriction)),
    )
    offered.forEach(([key, restriction], i) => {
      keyboard.text(texts.restriction(restriction), `food_add_${key}`)
      if (i % 2 === 1) keyboard.row()
    })
    keyboard.row().text(texts.restrictionsBack, 'food_back')
    await answerCallback(ctx)
    await replace(ctx, texts.chooseRestriction, keyboard)
  })
  composer.callbackQuery(/^food_add_(?<key>[a-z]{1,20})$/, async ctx => {
    const restriction = common[ctx.match[1] ?? '']
    const user = await ctx.user
    if (restriction === undefined || user === null || !gate.hasConsent(user)) {
      await answerCallback(ctx, texts.restrictionNotNow)
      return await showAgain(ctx)
    }
    const outcome = await users.addRestriction(ctx.userId, restriction)
    await answerCallback(ctx, outcome === 'saved' ? texts.restrictionSaved : texts.restrictionsFull)
    await showAgain(ctx)
  })
  composer.callbackQuery('food_back', async ctx => {
    await answerCallback(ctx)
    await showAgain(ctx)
  })
  return { record, buttons: composer }
}
