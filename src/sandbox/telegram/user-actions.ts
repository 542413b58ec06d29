import type { Message, Update, User } from 'grammy/types'
import { z } from 'zod'
import type { BotApi } from './bot-api.ts'
import type { CallbackQueries } from './callback-queries.ts'
import type { AwaitedReply, ChatChange, ChatRecord, Draft } from './chats.ts'
import type { Drafts } from './drafts.ts'
import { findEntities, textLimit } from './message-text.ts'
import type { NewUpdate, UpdateQueue } from './update-queue.ts'

/** An action that Telegram's apps do not allow, in English for the author of the test. */
export class ImpossibleAction extends Error {
  override readonly name = 'ImpossibleAction'
}

type UserContent =
  | { text: string }
  | { sticker: true }
  | { voice: true }
  | { photo: true; caption?: string | undefined }
interface SendOptions {
  chat?: 'private' | 'group' | undefined
  /** Unix time in seconds the message claims to be from. */
  date?: number | undefined
}

/** A user's side of Telegram: what the apps on their phone do. */
export interface UserActions {
  /** Returns the message id; a text over 4096 characters goes out in parts, as the apps send it: the id of the last. */
  send(userId: number, content: UserContent, options?: SendOptions): number
  editText(userId: number, messageId: number, text: string, options?: SendOptions): void
  /** Presses an inline button. Throws ImpossibleAction when the message has no button with this data. */
  press(userId: number, messageId: number, data: string, options?: SendOptions): string
  /** What the bot is writing in a private chat; null when nothing. */
  draft(userId: number): Draft | null
  /** Presses the stop button of a draft. Throws ImpossibleAction when the chat shows no such button. */
  stop(userId: number, draftId: number): void
  /** The message that the next one of the user will answer; null when the bot asked for no reply. */
  awaitedReply(chatId: number): AwaitedReply | null
  /** The user closes the reply that the bot asked for: their next message answers nothing. */
  cancelReply(userId: number): void
  block(userId: number, blocked: boolean): void
  /** Whether the user has blocked the bot. */
  isBlocked(userId: number): boolean
  /** Deletes a message of the private chat for both sides; the bot is not notified, as in Telegram. */
  remove(userId: number, messageId: number): void
  /** Puts an update of any shape into the queue; it may repeat an `update_id`. */
  inject(update: NewUpdate): Update | undefined
  users(): User[]
  addUser(name: string): User
  /** Messages of a chat by its id (a user's id, or the group's), oldest first. */
  messages(chatId: number): Message[]
  watch(chatId: number, callback: (change: ChatChange) => void): () => void
}

export function createUserActions(deps: {
  api: BotApi
  queue: UpdateQueue
  callbackQueries: CallbackQueries
  drafts: Drafts
}): UserActions {
  const { api, queue, callbackQueries, drafts } = deps
  const { chats } = api
  const setBlocked = (userId: number, blocked: boolean) => {
    const record = chats.privateChat(userId)
    if (record.blocked === blocked) return
    record.blocked = blocked
    const from = chats.user(userId)
    const member = { status: 'member' as const, user: api.me }
    const kicked = { status: 'kicked' as const, user: api.me, until_date: 0 }
    queue.add({
      my_chat_member: {
        chat: record.chat,
        from,
        date: api.seconds(),
        old_chat_member: blocked ? member : kicked,
        new_chat_member: blocked ? kicked : member,
      },
    })
  }
  const recordOf = (userId: number, options: SendOptions | undefined): ChatRecord =>
    options?.chat === 'group' ? chats.group() : chats.privateChat(userId)
  const sendOne = (userId: number, content: Partial<Message>, options: SendOptions | undefined): number => {
    const record = recordOf(userId, options)
    const from = chats.user(userId)
    const message = chats.add(record, message_id => ({
      message_id,
      from,
      chat: record.chat,
      date: options?.date ?? api.seconds(),
      ...answered(record),
      ...content,
    }))
    chats.awaitReply(record, null)
    queue.add({ message: fromUser(message, from) })
    return message.message_id
  }

  return {
    send: (userId, content, options) => {
      // Telegram's apps unblock the bot before they let a user write to it.
      if (options?.chat !== 'group') setBlocked(userId, false)
      if ('text' in content) {
        const parts = splitText(content.text.trim())
        if (parts.length === 0) throw new ImpossibleAction('text: an empty message cannot be sent')
        return parts.map(text => sendOne(userId, textContent(text), options)).at(-1) ?? 0
      }
      return sendOne(userId, mediaContent(content), options)
    },
    editText: (userId, messageId, text, options) => {
      const record = recordOf(userId, options)
      const before = record.messages.get(messageId)
      if (before?.from?.id !== userId || before.text === undefined) {
        throw new ImpossibleAction('edit_of: no text message of this user has that id')
      }
      if (text.trim() === '') throw new ImpossibleAction('text: an empty message cannot be sent')
      const { entities: _entities, ...kept } = before
      const edit_date = options?.date ?? api.seconds()
      const message = { ...kept, ...textContent(text.trim().slice(0, textLimit)), edit_date }
      chats.edit(record, message)
      queue.add({ edited_message: { ...fromUser(message, before.from), edit_date } })
    },
    press: (userId, messageId, data, options) => {
      const record = recordOf(userId, options)
      const message = record.messages.get(messageId)
      const buttons = message?.reply_markup?.inline_keyboard.flat() ?? []
      if (!message || !buttons.some(button => 'callback_data' in button && button.callback_data === data)) {
        throw new ImpossibleAction('data: the message has no such button')
      }
      const id = callbackQueries.open(record.chat.id)
      const from = chats.user(userId)
      queue.add({ callback_query: { id, from, message, chat_instance: String(record.chat.id), data } })
      return id
    },
    draft: userId => drafts.of(userId),
    stop: (userId, draftId) => {
      const { chat } = chats.privateChat(userId)
      if (chat.type !== 'private' || !drafts.stop(userId, draftId)) {
        throw new ImpossibleAction('draft_id: the chat shows no draft with this id that can be stopped')
      }
      queue.add({ stopped_message_generation: { chat, draft_id: draftId } })
    },
    awaitedReply: chatId => chats.known(chatId)?.awaitedReply ?? null,
    cancelReply: userId => chats.awaitReply(chats.privateChat(userId), null),
    block: setBlocked,
    isBlocked: userId => chats.known(userId)?.blocked === true,
    remove: (userId, messageId) => {
      const record = chats.privateChat(userId)
      if (!record.messages.has(messageId)) throw new ImpossibleAction('message_id: no message of the chat has that id')
      chats.remove(record, [messageId])
    },
    inject: update => {
      if (isOrderly(update.message)) chats.learn(update.message)
      return queue.add(update)
    },
    users: () => chats.users(),
    addUser: name => chats.addUser(name),
    messages: chatId => [...(chats.known(chatId)?.messages.values() ?? [])],
    watch: (chatId, callback) => chats.watch(chatId, callback),
  }
}

/** The message that the app answers with what is sent next; a message answered carries no further one. */
function answered({ awaitedReply, messages }: ChatRecord): Pick<Message, 'reply_to_message'> {
  const to = awaitedReply === null ? undefined : messages.get(awaitedReply.message_id)
  if (to === undefined) return {}
  const { reply_to_message: _further, ...message } = to
  return { reply_to_message: message as NonNullable<Message['reply_to_message']> }
}

/** Both the group and the private chats are never channels, which the types of an update want to see. */
const fromUser = (message: Message, from: User) => {
  if (message.chat.type === 'channel') throw new TypeError('users do not write in channels')
  return { ...message, chat: message.chat, from }
}

/** An update of a test may have any shape. */
const isOrderly = (message: unknown): message is Message =>
  z.looseObject({ chat: z.looseObject({ id: z.int(), type: z.string() }) }).safeParse(message).success

function textContent(text: string): Pick<Message, 'text' | 'entities'> {
  const entities = findEntities(text)
  return entities.length === 0 ? { text } : { text, entities }
}

function splitText(text: string): string[] {
  const letters = [...text]
  const parts: string[] = []
  for (let at = 0; at < letters.length; at += textLimit) parts.push(letters.slice(at, at + textLimit).join(''))
  return parts
}

type Media = Exclude<UserContent, { text: string }>
function mediaContent(content: Media): Partial<Message> {
  const file = { file_id: `AgADfromuser${Date.now()}`, file_unique_id: 'AQADfromuser', file_size: 20_480 }
  if ('sticker' in content) {
    const sticker = { ...file, width: 512, height: 512, emoji: '👍', is_animated: false, is_video: false }
    return { sticker: { ...sticker, type: 'regular' } }
  }
  if ('voice' in content) return { voice: { ...file, duration: 3, mime_type: 'audio/ogg' } }
  const photo = [{ ...file, width: 1280, height: 960 }]
  return content.caption ? { photo, caption: content.caption } : { photo }
}
