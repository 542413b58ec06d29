import { Composer, InlineKeyboard, InputMediaBuilder } from 'grammy'
import type { Analytics } from '../../analytics/analytics.ts'
import { dataOf } from '../../analytics/show.ts'
import type { Log } from '../../telemetry/log.ts'
import type { CommandHandler } from '../commands.ts'
import type { BotContext } from '../context.ts'
import { type Html, html } from '../html.ts'
import { answerCallback, changePressed, pressedMessageId, replyWithId, targetOf } from '../reply.ts'
import { type Picture, pictureFile, sendPicture, unlessPictureFails } from '../send-picture.ts'
import { texts } from './texts.ts'

/** The answer of a command: numbers, a picture of them, and other arguments that may be asked for by a press. */
interface ReportAnswer {
  text: Html
  picture?: Picture
  /** Each with the arguments that its button stands for. */
  buttons?: readonly { label: string; args: string }[]
  /** Other buttons, above those. */
  above?: InlineKeyboard | undefined
}

/** Answers the arguments of a command. */
export type AdminReport = (args: string) => Promise<ReportAnswer>
/** One that also needs to know in which chat, by which bot. */
export type AdminReportIn = (args: string, ctx: BotContext) => Promise<ReportAnswer>

/** Other periods by one press. */
export const periodButtons = (suffix = '') =>
  (['today', 'week', 'month'] as const).map(period => ({ label: texts.buttons[period], args: `${period}${suffix}` }))

export interface ReportConversationDeps {
  analytics: Pick<Analytics, 'timed'>
  timeZone: string
  log: Log
}

export interface ReportConversation<Name extends string> {
  handlers: Record<Name, CommandHandler>
  buttons: Composer<BotContext>
}

/**
 * Commands that answer with numbers. The text goes first; a picture follows, and its failure costs only itself. A press
 * replaces text and picture by those of other arguments. The buttons carry all they need, so that those of an old message
 * work after a restart.
 */
export function createReportConversation<Name extends string>(
  reports: Record<Name, AdminReportIn>,
  { log, analytics, timeZone }: ReportConversationDeps,
): ReportConversation<Name> {
  const names = Object.keys(reports) as Name[]
  const read = async (name: Name, args: string, ctx: BotContext): Promise<ReportAnswer> => {
    const { answer, asOf } = await analytics.timed(() => reports[name](args, ctx))
    if (asOf === null) return answer
    return { ...answer, text: html`${answer.text}\n\n<i>${dataOf(asOf, timeZone)}</i>` }
  }

  const handle = (name: Name) => async (ctx: BotContext) => {
    const answer = await read(name, ctx.command?.payload ?? '', ctx)
    const { text, picture } = answer
    const textId = await replyWithId(ctx, text, keyboardOf(name, answer, null))
    if (picture === undefined) return
    const pictureId = await sendPicture(ctx, picture, log)
    // from now on a press knows which picture belongs to the text
    if (textId !== null && pictureId !== null) await setKeyboard(ctx, textId, keyboardOf(name, answer, pictureId))
  }

  const composer = new Composer<BotContext>()
  composer.callbackQuery(/^admin_show:([a-z]+):(\d{0,16}):(.{0,40})$/u, async ctx => {
    await answerCallback(ctx)
    const [, pressed, digits, args = ''] = ctx.match
    const name = names.find(each => each === pressed)
    if (name === undefined) return
    const answer = await read(name, args, ctx)
    const { text, picture } = answer
    const pictureId = digits === '' ? null : Number(digits)
    const isChanged = await changePressed(ctx, text, keyboardOf(name, answer, pictureId))
    const textId = isChanged ? pressedMessageId(ctx) : await replyWithId(ctx, text, keyboardOf(name, answer, null))
    if (picture === undefined) return
    if (isChanged && pictureId !== null && (await changePicture(ctx, pictureId, picture))) return
    const newId = await sendPicture(ctx, picture, log)
    if (textId !== null && newId !== null) await setKeyboard(ctx, textId, keyboardOf(name, answer, newId))
  })

  const changePicture = async (ctx: BotContext, pictureId: number, { caption, draw }: Picture): Promise<boolean> => {
    const bytes = await unlessPictureFails(log, draw)
    if (bytes === null) return true // the old picture stays
    return ctx.api
      .editMessageMedia(targetOf(ctx).chatId, pictureId, InputMediaBuilder.photo(pictureFile(bytes), { caption }))
      .then(
        () => true,
        () => false, // deleted by the user, or too old
      )
  }
  return {
    handlers: Object.fromEntries(names.map(name => [name, handle(name)])) as Record<Name, CommandHandler>,
    buttons: composer,
  }
}

function keyboardOf(
  name: string,
  { buttons, above }: ReportAnswer,
  pictureId: number | null,
): InlineKeyboard | undefined {
  if (buttons === undefined) return above
  const rows = (above?.inline_keyboard ?? []).filter(row => row.length > 0)
  const keyboard = new InlineKeyboard([...rows, []])
  for (const { label, args } of buttons) keyboard.text(label, `admin_show:${name}:${pictureId ?? ''}:${args}`)
  return keyboard
}

const setKeyboard = (ctx: BotContext, messageId: number, keyboard: InlineKeyboard | undefined): Promise<unknown> =>
  ctx.api
    .editMessageReplyMarkup(targetOf(ctx).chatId, messageId, keyboard === undefined ? {} : { reply_markup: keyboard })
    .catch(() => undefined) // counted and logged where calls are made
