import { z } from 'zod'
import { type BotApi, type BotApiMethods, chatOfCall } from './bot-api.ts'
import { BotApiRefusal, badRequest } from './bot-api-refusal.ts'
import type { StoredFile } from './file-store.ts'
import { imageSize } from './image-size.ts'
import { readInlineKeyboard } from './inline-keyboard.ts'
import { checkReply, envelope, messageToEdit } from './message-methods.ts'
import { captionLimit, characters, readRichText } from './message-text.ts'
import type { RequestParams } from './request-params.ts'

const photoLimitBytes = 10 * 1024 * 1024

/** Pictures and documents the bot sends, and `getFile`. */
export function createMediaMethods(api: BotApi): BotApiMethods {
  const send = (params: RequestParams, media: () => object) => {
    const caption = readRichText(params, 'caption')
    const keyboard = readInlineKeyboard(params)
    const record = chatOfCall(api, params)
    const content = media()
    if (characters(caption.text) > captionLimit) throw badRequest('message caption is too long')
    checkReply(record, params)
    api.limit(record.chat.id)
    return api.chats.add(record, message_id => ({
      ...envelope(api, record, message_id),
      ...content,
      ...(caption.text !== '' && { caption: caption.text }),
      ...(caption.entities.length > 0 && { caption_entities: caption.entities }),
      ...(keyboard && { reply_markup: keyboard }),
    }))
  }
  const fileOf = (params: RequestParams, field: 'photo' | 'document', value = params.string(field)): StoredFile => {
    const upload = params.upload(value?.startsWith('attach://') ? value.slice('attach://'.length) : field)
    if (upload) {
      if (upload.bytes.length === 0) throw badRequest('file must be non-empty')
      return api.files.add(field === 'photo' ? 'photos' : 'documents', upload.name, upload.bytes)
    }
    if (!value) throw badRequest(`there is no ${field} in the request`)
    // Nothing outside this machine is fetched: an address behaves like one Telegram cannot reach.
    if (/^https?:/i.test(value)) throw badRequest('failed to get HTTP URL content')
    const known = api.files.byId(value)
    if (!known) throw badRequest('wrong file identifier/HTTP URL specified')
    return known
  }

  return {
    sendPhoto: params => send(params, () => ({ photo: [photoSize(fileOf(params, 'photo'))] })),
    sendDocument: params =>
      send(params, () => {
        const file = fileOf(params, 'document')
        return { document: { ...identity(file), file_name: file.name, mime_type: file.contentType.split(';')[0] } }
      }),
    editMessageMedia: params => {
      const media = params.json(
        'media',
        z.looseObject({ type: z.string(), media: z.string(), caption: z.string().optional() }),
      )
      if (media?.type !== 'photo') throw badRequest('media type is not supported by this fake')
      const { record, message } = messageToEdit(api, params)
      if (!message.photo && !message.document) throw badRequest('there is no media in the message to edit')
      const keyboard = readInlineKeyboard(params)
      const {
        caption: _caption,
        caption_entities: _entities,
        reply_markup: _keyboard,
        document: _document,
        ...rest
      } = message
      const edited = {
        ...rest,
        photo: [photoSize(fileOf(params, 'photo', media.media))],
        ...(media.caption !== undefined && { caption: media.caption }),
        ...(keyboard && { reply_markup: keyboard }),
        edit_date: api.seconds(),
      }
      api.limit(record.chat.id)
      api.chats.edit(record, edited)
      return edited
    },
    getFile: params => {
      const file = api.files.byId(params.string('file_id') ?? '')
      if (!file) throw badRequest('wrong file_id or the file is temporarily unavailable')
      return { ...identity(file), file_path: file.path }
    },
  }
}

const identity = (file: StoredFile) => ({
  file_id: file.id,
  file_unique_id: file.uniqueId,
  file_size: file.bytes.length,
})

function photoSize(file: StoredFile) {
  if (file.bytes.length > photoLimitBytes) throw new BotApiRefusal(413, 'Request Entity Too Large')
  const size = imageSize(file.bytes)
  if (!size) throw badRequest('IMAGE_PROCESS_FAILED')
  const { width, height } = size
  const shorter = Math.min(width, height)
  const longer = Math.max(width, height)
  if (shorter === 0 || width + height > 10_000 || longer > 20 * shorter) throw badRequest('PHOTO_INVALID_DIMENSIONS')
  return { ...identity(file), width, height }
}
