import type { Message, MessageEntity } from 'grammy/types'

/** A message as `GET /sandbox/chats/:userId/messages` returns it: these fields and no others. */
export interface MessageView {
  message_id: number
  from: 'bot' | 'user'
  text: string
  buttons: { text: string; data?: string; url?: string }[][]
  photo_url?: string
}

/** The same with what the chat page needs to draw it. */
export interface RichMessageView extends MessageView {
  user_id: number
  name: string
  date: number
  edited: boolean
  entities: MessageEntity[]
  media?: 'photo' | 'sticker' | 'voice' | 'document'
  size?: { width: number; height: number }
  file?: { name: string; url: string }
}

/** Where the page finds a file the bot sent. */
const fileUrl = (fileId: string): string => `/sandbox/files/${encodeURIComponent(fileId)}`

export function messageView(message: Message): MessageView {
  const fromBot = message.from?.is_bot === true
  const photo = message.photo?.at(-1)
  return {
    message_id: message.message_id,
    from: fromBot ? 'bot' : 'user',
    text: message.text ?? message.caption ?? '',
    buttons: (message.reply_markup?.inline_keyboard ?? []).map(row =>
      row.map(button => ({
        text: button.text,
        ...('callback_data' in button && { data: button.callback_data }),
        ...('url' in button && { url: button.url }),
      })),
    ),
    ...(fromBot && photo && { photo_url: fileUrl(photo.file_id) }),
  }
}

const mediaKinds = ['photo', 'sticker', 'voice', 'document'] as const

export function richMessageView(message: Message): RichMessageView {
  const media = mediaKinds.find(kind => message[kind] !== undefined)
  const photo = message.photo?.at(-1)
  const { document } = message
  return {
    ...messageView(message),
    user_id: message.from?.id ?? 0,
    name: message.from?.first_name ?? '',
    date: message.date,
    edited: message.edit_date !== undefined,
    entities: message.entities ?? message.caption_entities ?? [],
    ...(media && { media }),
    ...(photo && { size: { width: photo.width, height: photo.height } }),
    ...(document && { file: { name: document.file_name ?? 'file', url: fileUrl(document.file_id) } }),
  }
}
