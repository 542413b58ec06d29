import type { PublicCommand } from './command.ts'
import { type CommandHandler, type CommandTable, helpOf } from './commands.ts'
import type { AllowanceSettings } from './conversation.ts'
import { texts } from './help/texts.ts'
import { reply } from './reply.ts'
import { cartsToGet } from './wording.ts'

export interface UserCommandsDeps {
  allowance: AllowanceSettings
  supportContact: string | undefined
  handlers: Readonly<Record<Exclude<PublicCommand, 'help'>, CommandHandler>>
}

/** The commands of every user: the source of the menu and of /help. */
export function createUserCommands({
  allowance,
  supportContact,
  handlers,
}: UserCommandsDeps): CommandTable<PublicCommand> {
  const table: CommandTable<PublicCommand> = {
    start: { menu: 'Начать', help: null, handle: handlers.start },
    help: {
      menu: 'Как это работает',
      help: null,
      handle: ctx => reply(ctx, texts.help(helpOf(table), supportContact)),
    },
    stop: { menu: 'Остановить ответ', help: 'остановить ответ', handle: handlers.stop },
    reset: { menu: 'Начать разговор заново', help: 'начать разговор заново', handle: handlers.reset },
    invite: {
      menu: 'Пригласить друга',
      help: `позвать друга, за него ещё ${cartsToGet(allowance.referralBonus)}`,
      handle: handlers.invite,
    },
    survey: {
      menu: 'Пройти опрос и получить корзины',
      help: `короткий опрос после первой корзины, за него ещё ${cartsToGet(allowance.surveyBonus)}`,
      handle: handlers.survey,
    },
    me: { menu: 'Что бот обо мне знает', help: 'что я о вас знаю', handle: handlers.me },
    privacy: { menu: 'Обработка данных', help: 'как обрабатываются данные', handle: handlers.privacy },
    delete_me: { menu: 'Удалить мои данные', help: 'удалить все данные', handle: handlers.delete_me },
  }
  return table
}
