import type { Chat, Message, User } from 'grammy/types'

/** What a person looking at a chat sees happen in it. */
export type ChatChange =
  | { kind: 'message' | 'edited'; message: Message }
  | { kind: 'deleted'; messageIds: number[] }
  | { kind: 'typing' }
  | { kind: 'answer'; text: string; alert: boolean; url: string | undefined }

/** One chat with its messages by id, oldest first. */
export interface ChatRecord {
  readonly chat: Chat.PrivateChat | Chat.GroupChat | Chat.SupergroupChat
  readonly messages: Map<number, Message>
  /** Ids of the topics known, in a group that has topics. */
  readonly topics: Set<number>
  /** The person has blocked the bot; always false for a group. */
  blocked: boolean
  lastMessageId: number
}

export interface Chats {
  people(): User[]
  /** The person with this id, invented when it is a new one. */
  person(userId: number): User
  addPerson(name: string): User
  /** The chat as the bot may know it: undefined until somebody wrote there. */
  known(chatId: number): ChatRecord | undefined
  /** The person's private chat with the bot, opened when need be. */
  privateChat(userId: number): ChatRecord
  group(): ChatRecord
  /** Makes a chat known to the bot that a test's own update comes from. */
  learn(message: Message): void
  /** Stores a message under the next id of the chat and tells who watches. */
  add(record: ChatRecord, build: (messageId: number) => Message): Message
  edit(record: ChatRecord, message: Message): void
  /** Removes what is there; returns how many were. */
  remove(record: ChatRecord, messageIds: number[]): number
  tell(chatId: number, change: ChatChange): void
  /** Calls back on every change of the chat until the returned function is called. */
  watch(chatId: number, callback: (change: ChatChange) => void): () => void
}

export const groupId = -1_001_000_000_001
export const groupName = 'Семейный чат'
/** Older messages of a chat are forgotten, so that a long run does not grow without end. */
const messagesKept = 2_000
const names = ['Анна', 'Борис', 'Вера', 'Глеб', 'Дарья', 'Егор', 'Жанна', 'Захар', 'Ирина', 'Кирилл']

/** The chats of the fake, in memory: they outlive the bot, not the fake. */
export function createChats({ adminId }: { adminId: number }): Chats {
  const people = new Map<number, User>()
  const records = new Map<number, ChatRecord>()
  const watchers = new Map<number, Set<(change: ChatChange) => void>>()

  const person = (userId: number): User => {
    const known = people.get(userId)
    if (known) return known
    const name = userId === adminId ? 'Администратор' : (names[(userId - 2) % names.length] ?? 'Гость')
    return keep({ id: userId, is_bot: false, first_name: name, language_code: 'ru' })
  }
  const keep = (user: User): User => {
    people.set(user.id, user)
    return user
  }
  const open = (chat: ChatRecord['chat']): ChatRecord => {
    const record: ChatRecord = { chat, messages: new Map(), topics: new Set(), blocked: false, lastMessageId: 0 }
    records.set(chat.id, record)
    return record
  }
  const tell = (chatId: number, change: ChatChange) => {
    for (const callback of watchers.get(chatId) ?? []) callback(change)
  }
  const privateChat = (userId: number) =>
    records.get(userId) ?? open({ id: userId, type: 'private', first_name: person(userId).first_name })
  person(adminId)
  person(adminId === 2 ? 3 : 2)

  return {
    people: () => [...people.values()],
    person,
    addPerson: name => {
      const id = Math.max(...people.keys()) + 1
      return keep({ ...person(id), ...(name === '' ? {} : { first_name: name }) })
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
      record.messages.set(message.message_id, message)
      for (const oldest of record.messages.keys()) {
        if (record.messages.size <= messagesKept) break
        record.messages.delete(oldest)
      }
      tell(record.chat.id, { kind: 'message', message })
      return message
    },
    edit: (record, message) => {
      record.messages.set(message.message_id, message)
      tell(record.chat.id, { kind: 'edited', message })
    },
    remove: (record, messageIds) => {
      const there = messageIds.filter(id => record.messages.delete(id))
      if (there.length > 0) tell(record.chat.id, { kind: 'deleted', messageIds: there })
      return there.length
    },
    tell,
    watch: (chatId, callback) => {
      const ofChat = watchers.get(chatId) ?? new Set()
      watchers.set(chatId, ofChat.add(callback))
      return () => void ofChat.delete(callback)
    },
  }
}
