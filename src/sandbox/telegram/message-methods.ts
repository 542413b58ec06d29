import type { Message } from 'grammy/types'
import { z } from 'zod'
import { type BotApi, type BotApiMethods, chatOfCall } from './bot-api.ts'
import { badRequest } from './bot-api-refusal.ts'
import type { ChatRecord } from './chats.ts'
import { readForceReply, readInlineKeyboard } from './inline-keyboard.ts'
import { captionLimit, characters, readRichText, textLimit } from './message-text.ts'
import type { RequestParams } from './request-params.ts'

const deletableSeconds = 48 * 3600
const chatActions = [
  'typing',
  'upload_photo',
  'record_video',
  'upload_video',
  'record_voice',
  'upload_voice',
  'upload_document',
  'choose_sticker',
  'find_location',
  'record_video_note',
  'upload_video_note',
]

/** Text messages: sent, edited, deleted; and the chat actions. */
export function createMessageMethods(api: BotApi): BotApiMethods {
  const store = (record: ChatRecord, before: Message, after: Message) => {
    if (sameContent(before, after)) throw notModified()
    const edited = { ...after, edit_date: api.seconds() }
    api.limit(record.chat.id)
    api.chats.edit(record, edited)
    return edited
  }

  return {
    sendMessage: params => {
      if (!params.string('text')) throw badRequest('message text is empty')
      const rich = readRichText(params, 'text')
      if (rich.text === '') throw badRequest('text must be non-empty')
      const keyboard = readInlineKeyboard(params)
      const record = chatOfCall(api, params)
      if (characters(rich.text) > textLimit) throw badRequest('message is too long')
      checkReply(record, params)
      api.limit(record.chat.id)
      const topic = topicOfCall(record, params)
      const message = api.chats.add(record, message_id => ({
        ...envelope(api, record, message_id),
        ...topic,
        text: rich.text,
        ...(rich.entities.length > 0 && { entities: rich.entities }),
        ...(keyboard && { reply_markup: keyboard }),
      }))
      const reply = readForceReply(params)
      if (reply) api.chats.awaitReply(record, { message_id: message.message_id, ...reply })
      return message
    },
    editMessageText: params => {
      if (!params.string('text')) throw badRequest('message text is empty')
      const rich = readRichText(params, 'text')
      if (rich.text === '') throw badRequest('text must be non-empty')
      const keyboard = readInlineKeyboard(params)
      const { record, message } = messageToEdit(api, params)
      if (message.text === undefined) throw badRequest('there is no text in the message to edit')
      if (characters(rich.text) > textLimit) throw badRequest('MESSAGE_TOO_LONG')
      const { entities: _entities, reply_markup: _keyboard, ...kept } = message
      return store(record, message, {
        ...kept,
        text: rich.text,
        ...(rich.entities.length > 0 && { entities: rich.entities }),
        ...(keyboard && { reply_markup: keyboard }),
      })
    },
    editMessageCaption: params => {
      const rich = readRichText(params, 'caption')
      const keyboard = readInlineKeyboard(params)
      const { record, message } = messageToEdit(api, params)
      if (!message.photo && !message.document) throw badRequest('there is no caption in the message to edit')
      if (characters(rich.text) > captionLimit) throw badRequest('MEDIA_CAPTION_TOO_LONG')
      const { caption: _caption, caption_entities: _entities, reply_markup: _keyboard, ...kept } = message
      return store(record, message, {
        ...kept,
        ...(rich.text !== '' && { caption: rich.text }),
        ...(rich.entities.length > 0 && { caption_entities: rich.entities }),
        ...(keyboard && { reply_markup: keyboard }),
      })
    },
    editMessageReplyMarkup: params => {
      const keyboard = readInlineKeyboard(params)
      const { record, message } = messageToEdit(api, params)
      const { reply_markup: _keyboard, ...kept } = message
      return store(record, message, { ...kept, ...(keyboard && { reply_markup: keyboard }) })
    },
    deleteMessage: params => {
      const { record, message } = findMessage(api, params, 'message to delete')
      if (api.seconds() - message.date > deletableSeconds) throw badRequest("message can't be deleted")
      api.chats.remove(record, [message.message_id])
      return true
    },
    deleteMessages: params => {
      const ids = params.json('message_ids', z.array(z.int()).min(1).max(100))
      if (!ids) throw badRequest('message identifiers are not specified')
      api.chats.remove(chatOfCall(api, params), ids)
      return true
    },
    sendChatAction: params => {
      if (!chatActions.includes(params.string('action') ?? '')) throw badRequest('wrong parameter action in request')
      const record = chatOfCall(api, params)
      api.chats.notify(record.chat.id, { kind: 'typing' })
      return true
    },
  }
}

/** What every message of the bot carries. */
export const envelope = (api: BotApi, record: ChatRecord, message_id: number) => ({
  message_id,
  from: { id: api.me.id, is_bot: true, first_name: api.me.first_name, username: api.me.username },
  chat: record.chat,
  date: api.seconds(),
})

/** The topic the call names, as its message carries it. Throws 400 for one that is not there; elsewhere it is ignored. */
function topicOfCall({ chat, topics }: ChatRecord, params: RequestParams): Partial<Message> {
  const message_thread_id = params.integer('message_thread_id')
  if (message_thread_id === undefined || !('is_forum' in chat && chat.is_forum)) return {}
  if (!topics.has(message_thread_id)) throw badRequest('message thread not found')
  return { message_thread_id, is_topic_message: true }
}

/** Throws 400 when the call replies to a message that is not there. */
export function checkReply(record: ChatRecord, params: RequestParams): void {
  const given = params.json(
    'reply_parameters',
    z.looseObject({ message_id: z.int().optional(), allow_sending_without_reply: z.boolean().optional() }),
  )
  const id = given?.message_id ?? params.integer('reply_to_message_id')
  if (id === undefined || record.messages.has(id)) return
  if (given?.allow_sending_without_reply || params.boolean('allow_sending_without_reply')) return
  throw badRequest('message to be replied not found')
}

/** The message of the bot that the call names. Throws 400 when there is none. */
export function messageToEdit(api: BotApi, params: RequestParams): { record: ChatRecord; message: Message } {
  const { record, message } = findMessage(api, params, 'message to edit')
  if (message.from?.id !== api.me.id) throw badRequest("message can't be edited")
  return { record, message }
}

function findMessage(api: BotApi, params: RequestParams, role: string): { record: ChatRecord; message: Message } {
  const record = chatOfCall(api, params)
  const id = params.integer('message_id')
  if (id === undefined) throw badRequest('message identifier is not specified')
  const message = record.messages.get(id)
  if (!message) throw badRequest(`${role} not found`)
  return { record, message }
}

const sameContent = (a: Message, b: Message): boolean =>
  (['text', 'entities', 'caption', 'caption_entities', 'reply_markup'] as const).every(
    key => JSON.stringify(a[key]) === JSON.stringify(b[key]),
  )

const notModified = () =>
  badRequest(
    'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
  )
