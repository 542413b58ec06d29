import type { Chat, Message, MessageEntity, User } from 'grammy/types'

/** A message that the bot is still writing, as the user's app shows it. It is no message of the chat. */
export interface Draft {
  draft_id: number
  /** Empty: the app shows «Thinking…». */
  text: string
  entities: MessageEntity[]
  /** The app shows a button that asks the bot to stop. */
  can_stop: boolean
}

/** A change that a user looking at the chat sees. */
export type ChatChange =
  | { kind: 'message' | 'edited'; message: Message }
  | { kind: 'deleted'; messageIds: number[] }
  | { kind: 'typing' }
  | { kind: 'reply'; to: AwaitedReply | null }
  /** What the bot is writing; null: nothing any more. */
  | { kind: 'draft'; draft: Draft | null }
  | { kind: 'answer'; text: string; alert: boolean; url: string | undefined }

/** The message that the user's app answers next: the bot asked for it by `force_reply`. */
export interface AwaitedReply {
  message_id: number
  placeholder: string
}

/** One chat with its messages by id, oldest first. */
export interface ChatRecord {
  readonly chat: Chat.PrivateChat | Chat.GroupChat | Chat.SupergroupChat
  readonly messages: Map<number, Message>
  /** Ids of the topics known, in a group that has topics. */
  readonly topics: Set<number>
  /** The user has blocked the bot; always false for a group. */
  blocked: boolean
  lastMessageId: number
  awaitedReply: AwaitedReply | null
}

export interface Chats {
  users(): User[]
  /** The user with this id, created when it is a new one. */
  user(userId: number): User
  addUser(name: string): User
  /** The chat as the bot may know it: undefined until a user wrote there. */
  known(chatId: number): ChatRecord | undefined
  /** The user's private chat with the bot, opened when need be. */
  privateChat(userId: number): ChatRecord
  group(): ChatRecord
  /** Makes a chat known to the bot that a test's own update comes from. */
  learn(message: Message): void
  /** Stores a message under the next id of the chat and notifies the watchers. */
  add(record: ChatRecord, build: (messageId: number) => Message): Message
  /** Makes the user's next message an answer to this one; null takes that back. */
  awaitReply(record: ChatRecord, to: AwaitedReply | null): void
  edit(record: ChatRecord, message: Message): void
  /** Removes what is there; returns how many were. */
  remove(record: ChatRecord, messageIds: number[]): number
  notify(chatId: number, change: ChatChange): void
  /** Calls back before a message of the bot appears in a chat. */
  onBotMessage(callback: (chatId: number) => void): void
  /** Calls back on every change of the chat until the returned function is called. */
  watch(chatId: number, callback: (change: ChatChange) => void): () => void
}

export const groupId = -1_001_000_000_001
export const groupName = 'Семейный чат'
/** Older messages of a chat are dropped, so that a long run does not grow without end. */
const messagesKept = 2_000
const names = ['Анна', 'Борис', 'Вера', 'Глеб', 'Дарья', 'Егор', 'Жанна', 'Захар', 'Ирина', 'Кирилл']

/** The chats of the fake, in memory: they outlive the bot, not the fake. */
export function createChats({ adminId }: { adminId: number }): Chats {
  const users = new Map<number, User>()
  const records = new Map<number, ChatRecord>()
  const watchers = new Map<number, Set<(change: ChatChange) => void>>()
  const botMessageCallbacks: ((chatId: number) => void)[] = []

  const user = (userId: number): User => {
    const known = users.get(userId)
    if (known) return known
    const name = userId === adminId ? 'Администратор' : (names[(userId - 2) % names.length] ?? 'Гость')
    return keep({ id: userId, is_bot: false, first_name: name, language_code: 'ru' })
  }
  const keep = (user: User): User => {
    users.set(user.id, user)
    return user
  }
  const open = (chat: ChatRecord['chat']): ChatRecord => {
    const record: ChatRecord = {
      chat,
      messages: new Map(),
      topics: new Set(),
      blocked: false,
      lastMessageId: 0,
      awaitedReply: null,
    }
    records.set(chat.id, record)
    return record
  }
  const notify = (chatId: number, change: ChatChange) => {
    for (const callback of watchers.get(chatId) ?? []) callback(change)
  }
  const privateChat = (userId: number) =>
    records.get(userId) ?? open({ id: userId, type: 'private', first_name: user(userId).first_name })
  user(adminId)
  user(adminId === 2 ? 3 : 2)

  return {
    users: () => [...users.values()],
    user,
    addUser: name => {
      const id = Math.max(...users.keys()) + 1
      return keep({ ...user(id), ...(name === '' ? {} : { first_name: name }) })
    },
    known: chatId => records.get(chatId),
    privateChat,
    group: () => records.get(groupId) ?? open({ id: groupId, type: 'supergroup', title: groupName }),
    learn: ({ chat, message_thread_id, is_topic_message }) => {
      if (chat.type === 'private') privateChat(chat.id)
      if (chat.type !== 'group' && chat.type !== 'supergroup') return
      const record = records.get(chat.id) ?? open(chat)
      if (is_topic_message && message_thread_id !== undefined) record.topics.add(message_thread_id)
    },
    add: (record, build) => {
      record.lastMessageId += 1
      const message = build(record.lastMessageId)
      if (message.from?.is_bot === true) for (const callback of botMessageCallbacks) callback(record.chat.id)
      record.messages.set(message.message_id, message)
      for (const oldest of record.messages.keys()) {
        if (record.messages.size <= messagesKept) break
        record.messages.delete(oldest)
      }
      notify(record.chat.id, { kind: 'message', message })
      return message
    },
    awaitReply: (record, to) => {
      if (record.awaitedReply === null && to === null) return
      record.awaitedReply = to
      notify(record.chat.id, { kind: 'reply', to })
    },
    edit: (record, message) => {
      record.messages.set(message.message_id, message)
      notify(record.chat.id, { kind: 'edited', message })
    },
    remove: (record, messageIds) => {
      const there = messageIds.filter(id => record.messages.delete(id))
      if (there.length > 0) notify(record.chat.id, { kind: 'deleted', messageIds: there })
      return there.length
    },
    notify,
    onBotMessage: callback => void botMessageCallbacks.push(callback),
    watch: (chatId, callback) => {
      const ofChat = watchers.get(chatId) ?? new Set()
      watchers.set(chatId, ofChat.add(callback))
      return () => void ofChat.delete(callback)
    },
  }
}
