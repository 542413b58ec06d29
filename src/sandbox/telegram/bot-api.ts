import type { UserFromGetMe } from 'grammy/types'
import { BotApiRefusal, badRequest } from './bot-api-refusal.ts'
import type { ChatRecord, Chats } from './chats.ts'
import type { FileStore } from './file-store.ts'
import type { RequestParams } from './request-params.ts'
import type { SendLimiter } from './send-limiter.ts'

/** What the methods of the Bot API work on. */
export interface BotApi {
  me: UserFromGetMe
  chats: Chats
  files: FileStore
  /** Unix time in seconds. */
  seconds(): number
  limit: SendLimiter
}

/** One method of the Bot API: its result, or a thrown refusal. `signal` is aborted when the bot hangs up. */
export type BotApiMethod = (params: RequestParams, signal: AbortSignal) => unknown
export type BotApiMethods = Record<string, BotApiMethod>

/** The chat a method names. Throws 400 for one the bot has never seen and 403 where the bot is blocked. */
export function chatOfCall({ chats }: BotApi, params: RequestParams): ChatRecord {
  if (!params.string('chat_id')) throw badRequest('chat_id is empty')
  const record = chats.known(params.integer('chat_id') ?? 0)
  if (!record) throw badRequest('chat not found')
  if (record.blocked) throw new BotApiRefusal(403, 'Forbidden: bot was blocked by the user')
  return record
}
