import type { Update } from 'grammy/types'

/**
 * Id of the user who acts in an update; 0 when it names none, or cannot be read. An update may come in any shape: nothing is
 * taken for granted here. A stopped generation names no user, but a private chat has the id of its user.
 */
export function actingUser(update: Update): number {
  const { message, callback_query: query, stopped_message_generation: stopped, my_chat_member: member } = update
  if (query !== undefined && (typeof query?.id !== 'string' || typeof query.data !== 'string')) return 0
  return userIdOf(message?.from?.id ?? query?.from?.id ?? stopped?.chat?.id ?? member?.from?.id)
}

const userIdOf = (id: unknown): number => (typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : 0)

/** Whether the model may have to answer the update: any message but a command. An update may come in any shape. */
export const asksForAnswer = ({ message }: Update): boolean =>
  message !== undefined && !(typeof message?.text === 'string' && message.text.startsWith('/'))
