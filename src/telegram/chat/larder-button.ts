import { Composer } from 'grammy'
import type { BotContext } from '../context.ts'
import { addLarder } from './cart-keyboard.ts'
import type { Chat } from './chat.ts'
import { texts } from './texts.ts'

/** Asks for the goods that the pressed message names: a button holds 64 bytes, less than their names. */
export function createLarderButton({ press }: Pick<Chat, 'press'>): Composer<BotContext> {
  const composer = new Composer<BotContext>()
  composer.callbackQuery(addLarder, ctx => {
    const shown = ctx.callbackQuery.message
    const names = texts.larderNames.exec(shown !== undefined && 'text' in shown ? (shown.text ?? '') : '')?.groups
      ?.names
    return press(ctx, texts.addLarderRequest(names ?? null))
  })
  return composer
}
