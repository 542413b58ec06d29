import { z } from 'zod'
import { type BotApi, type BotApiMethods, chatOfCall } from './bot-api.ts'
import { badRequest } from './bot-api-refusal.ts'
import type { RequestParams } from './request-params.ts'

const Commands = z.array(z.looseObject({ command: z.string(), description: z.string() })).max(100)
type Command = { command: string; description: string }

/** What the bot says of itself, and what it may ask about chats. */
export function createProfileMethods(api: BotApi): { methods: BotApiMethods; commands(): Command[] } {
  const commandsByScope = new Map<string, Command[]>()
  const texts = new Map<string, string>()
  const scopeOf = (params: RequestParams) =>
    `${params.string('scope') ?? '{"type":"default"}'} ${params.string('language_code') ?? ''}`
  const ownText = (field: string, method: string): BotApiMethods => ({
    [`set${method}`]: params => {
      texts.set(`${field} ${params.string('language_code') ?? ''}`, params.string(field) ?? '')
      return true
    },
    [`get${method}`]: params => ({ [field]: texts.get(`${field} ${params.string('language_code') ?? ''}`) ?? '' }),
  })

  return {
    commands: () => commandsByScope.get('{"type":"default"} ') ?? [],
    methods: {
      getMe: () => api.me,
      logOut: () => true,
      close: () => true,
      setMyCommands: params => {
        const commands = params.json('commands', Commands)
        if (!commands) throw badRequest('parameter "commands" is required')
        commandsByScope.set(scopeOf(params), commands.map(readCommand))
        return true
      },
      getMyCommands: params => commandsByScope.get(scopeOf(params)) ?? [],
      deleteMyCommands: params => {
        commandsByScope.delete(scopeOf(params))
        return true
      },
      ...ownText('name', 'MyName'),
      ...ownText('description', 'MyDescription'),
      ...ownText('short_description', 'MyShortDescription'),
      setChatMenuButton: () => true,
      setMyDefaultAdministratorRights: () => true,
      getChat: params => ({
        ...chatOfCall(api, params).chat,
        accent_color_id: 0,
        max_reaction_count: 11,
        accepted_gift_types: {
          unlimited_gifts: false,
          limited_gifts: false,
          unique_gifts: false,
          premium_subscription: false,
          gifts_from_channels: false,
        },
      }),
    },
  }
}

function readCommand({ command, description }: Command): Command {
  const name = command.replace(/^\//, '')
  if (!/^[a-z0-9_]{1,32}$/.test(name)) throw badRequest('BOT_COMMAND_INVALID')
  if (description.trim() === '' || description.length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
  return { command: name, description }
}
