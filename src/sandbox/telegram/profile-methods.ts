import type { User } from 'grammy/types'
import { z } from 'zod'
import { type BotApi, type BotApiMethods, chatOfCall } from './bot-api.ts'
import { badRequest } from './bot-api-refusal.ts'
import type { RequestParams } from './request-params.ts'

const Commands = z.array(z.looseObject({ command: z.string(), description: z.string() })).max(100)
type Command = { command: string; description: string }
const ChatReference = z.coerce.number().int()

/** https://core.telegram.org/bots/api#botcommandscope */
const Scope = z.discriminatedUnion('type', [
  z.object({ type: z.enum(['default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators']) }),
  z.object({ type: z.enum(['chat', 'chat_administrators']), chat_id: ChatReference }),
  z.object({ type: z.literal('chat_member'), chat_id: ChatReference, user_id: z.coerce.number().int() }),
])
type Scope = z.infer<typeof Scope>

export interface ProfileMethods {
  methods: BotApiMethods
  /** The command menu in a private chat: `user` sees the first set of commands in Telegram's order of scopes. */
  commandsFor(user: Pick<User, 'id' | 'language_code'>): Command[]
}

/** Methods about the bot itself: commands, descriptions, chats. */
export function createProfileMethods(api: BotApi): ProfileMethods {
  const commandsByScope = new Map<string, Command[]>()
  const texts = new Map<string, string>()
  const scopeOf = (params: RequestParams) => {
    const scope = readScope(params)
    if ('chat_id' in scope && api.chats.known(scope.chat_id) === undefined) throw badRequest('chat not found')
    return keyOf(scope, params.string('language_code'))
  }
  const ownText = (field: string, method: string): BotApiMethods => ({
    [`set${method}`]: params => {
      texts.set(`${field} ${params.string('language_code') ?? ''}`, params.string(field) ?? '')
      return true
    },
    [`get${method}`]: params => ({ [field]: texts.get(`${field} ${params.string('language_code') ?? ''}`) ?? '' }),
  })

  return {
    commandsFor: ({ id, language_code }) => {
      // https://core.telegram.org/bots/api#determining-list-of-commands
      const scopes: Scope[] = [{ type: 'chat', chat_id: id }, { type: 'all_private_chats' }, { type: 'default' }]
      const keys = scopes.flatMap(scope => [keyOf(scope, language_code), keyOf(scope)])
      return keys.map(key => commandsByScope.get(key)).find(commands => commands !== undefined) ?? []
    },
    methods: {
      getMe: () => api.me,
      logOut: () => true,
      close: () => true,
      setMyCommands: params => {
        const commands = params.json('commands', Commands)
        if (!commands) throw badRequest('parameter "commands" is required')
        const scope = scopeOf(params)
        // an empty list is none: the next scope counts
        if (commands.length === 0) commandsByScope.delete(scope)
        else commandsByScope.set(scope, commands.map(readCommand))
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

function readScope(params: RequestParams): Scope {
  const given = params.json('scope', z.unknown())
  if (given === undefined) return { type: 'default' }
  const scope = Scope.safeParse(given)
  if (!scope.success) throw badRequest("can't parse BotCommandScope: Unsupported type specified")
  return scope.data
}

const keyOf = (scope: Scope, languageCode = '') => `${JSON.stringify(scope)} ${languageCode}`

function readCommand({ command, description }: Command): Command {
  const name = command.replace(/^\//, '')
  if (!/^[a-z0-9_]{1,32}$/.test(name)) throw badRequest('BOT_COMMAND_INVALID')
  if (description.trim() === '' || description.length > 256) throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
  return { command: name, description }
}
