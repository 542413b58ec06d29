import type { Composer, MiddlewareFn } from 'grammy'
import type { BotCommand } from 'grammy/types'
import type { BotContext } from './context.ts'
import { type Html, html, joinHtml } from './html.ts'

export type CommandHandler = (ctx: BotContext) => Promise<unknown>

/** One command: its row in Telegram's menu, its line in the help text, its handler. */
interface CommandEntry {
  /** Description in the menu, 1 to 256 characters; null leaves the command out. */
  menu: string | null
  /** Description in the help text; null leaves the command out. */
  help: string | null
  /** Arguments as the help text shows them. */
  args?: string
  /** It only reads, and is answered before what the same user asked earlier: for when that does not end. */
  isUrgent?: boolean
  handle: CommandHandler
}

/** A command that goes on by inline buttons. */
export interface CommandWithButtons {
  handle: CommandHandler
  buttons: Composer<BotContext>
}

/** The commands of one audience by name (1 to 32 of `a-z0-9_`), in the order of menu and help text. */
export type CommandTable<Name extends string = string> = Readonly<Record<Name, CommandEntry>>

/** Runs the handler of a command that the table holds; passes every other update on. */
export const createCommandRouter =
  (table: CommandTable): MiddlewareFn<BotContext> =>
  async (ctx, next) => {
    const name = ctx.command?.name
    const entry = name !== undefined && Object.hasOwn(table, name) ? table[name] : undefined
    await (entry === undefined ? next() : entry.handle(ctx))
  }

/** The rows of Telegram's menu. */
export const menuOf = (table: CommandTable): BotCommand[] =>
  Object.entries(table).flatMap(([command, { menu }]) => (menu === null ? [] : [{ command, description: menu }]))

/** The lines of the help text: «/admin_erase ID – удалить все данные человека». */
export const helpOf = (table: CommandTable): Html =>
  joinHtml(
    Object.entries(table).flatMap(([name, { help, args }]) =>
      help === null ? [] : [html`/${name}${args === undefined ? '' : ` ${args}`} – ${help}`],
    ),
    '\n',
  )
