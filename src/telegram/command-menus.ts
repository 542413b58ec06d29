import type { Api } from 'grammy'
import { type CommandTable, menuOf } from './commands.ts'

export interface CommandMenus {
  /** Sets the menu of everyone and those of the admins. Never rejects: without it only the menu is missing. */
  publish(): Promise<void>
  /** Sets one admin's menu, which Telegram refuses until they have opened the chat. Never rejects. */
  publishForAdmin(userId: number): Promise<void>
}

export interface CommandMenusDeps {
  api: Pick<Api, 'setMyCommands'>
  adminUserIds: readonly number[]
  userCommands: CommandTable
  /** Null when the bot has no commands for admins. */
  adminCommands: CommandTable | null
}

/** Telegram's command menus. An admin's chat shows both tables: the scope of a chat replaces the default one. */
export function createCommandMenus({ api, adminUserIds, userCommands, adminCommands }: CommandMenusDeps): CommandMenus {
  const ignoreFailure = () => undefined // logged where calls are made
  const publishForAdmin = async (userId: number) => {
    if (adminCommands === null || !adminUserIds.includes(userId)) return
    const commands = [...menuOf(userCommands), ...menuOf(adminCommands)]
    await api.setMyCommands(commands, { scope: { type: 'chat', chat_id: userId } }).catch(ignoreFailure)
  }
  return {
    publishForAdmin,
    publish: async () => {
      const everyone = api.setMyCommands(menuOf(userCommands)).catch(ignoreFailure)
      await Promise.all([everyone, ...adminUserIds.map(publishForAdmin)])
    },
  }
}
