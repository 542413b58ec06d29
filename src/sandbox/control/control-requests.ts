import { z } from 'zod'
import type { NewUpdate } from '../telegram/update-queue.ts'

const chat = z.enum(['private', 'group']).optional()
const date = z.int().nonnegative().optional()
const text = z.string().max(100_000)

/** What a user sends: text, or one kind of media, or a new text for an earlier message. */
export const MessageRequest = z.union(
  [
    z.strictObject({ edit_of: z.int(), text, chat, date }),
    z.strictObject({ text, chat, date }),
    z.strictObject({ sticker: z.literal(true), chat, date }),
    z.strictObject({ voice: z.literal(true), chat, date }),
    z.strictObject({ photo: z.literal(true), caption: z.string().max(1024).optional(), chat, date }),
  ],
  'expected {"text"} or one of {"sticker":true}, {"photo":true,"caption"?}, {"voice":true}, {"edit_of","text"}; "chat" and "date" may be added',
)
export const CallbackRequest = z.strictObject({ message_id: z.int(), data: z.string().min(1), chat })
export const RemoveRequest = z.strictObject({ message_id: z.int() })
export const StopRequest = z.strictObject({ draft_id: z.int() })
export const BlockRequest = z.strictObject({ blocked: z.boolean() })
export const NewUserRequest = z.strictObject({ name: z.string().trim().max(64).default('') })

/** Any object goes as an update; only the id has to be a number, because the queue is ordered by it. */
export const UpdateRequest = z.custom<NewUpdate>(
  value =>
    z
      .looseObject({ update_id: z.int().nonnegative().optional() })
      .refine(update => Object.keys(update).some(key => key !== 'update_id'))
      .safeParse(value).success,
  'expected an update: an object with one field beside an optional whole update_id',
)

export const UserId = z.coerce
  .number('must be a user id')
  .int('must be a user id')
  .positive('must be a user id')
  .max(2 ** 52)
/** A user's id, or the negative id of the group. */
export const ChatId = z.coerce.number('must be a chat id').int('must be a chat id')
export const After = z.coerce.number('must be a message id').int('must be a message id').default(0)
