import type { Api } from 'grammy'
import type { Update } from 'grammy/types'
import type { QueuePlace } from '../../assistant/model/stream-queue.ts'
import { type ProgressDeps, startProgress } from '../chat/progress.ts'
import { requestNumberOf } from '../chat/request-number.ts'
import { isToAnother } from '../context.ts'
import type { Target } from '../reply.ts'
import type { WaitDisplay } from './inbox-queue.ts'

export interface ShowWaitDeps extends Pick<ProgressDeps, 'sleep' | 'drafts' | 'waitingUsers'> {
  api: Api
  /** A message of an earlier process that shows it; null when there is none. */
  messageId: number | null
  /** Notes the message that shows the wait for the process that takes the update. False when none will be handed it. Never rejects. */
  note(messageId: number): Promise<boolean>
}

/** Where the user of an update reads what is done; null when it is no private chat. */
function privateTarget({ message, callback_query: query, stopped_message_generation: stopped }: Update): Target | null {
  const shown = message ?? query?.message
  const chat = shown?.chat ?? stopped?.chat
  if (chat?.type !== 'private' || (message !== undefined && isToAnother(message))) return null
  const isInTopic = shown !== undefined && 'is_topic_message' in shown && shown.is_topic_message === true
  return { chatId: chat.id, threadId: isInTopic ? shown.message_thread_id : undefined }
}

/** Shows the user of a private update its place in the queue, until it is taken: with the draft, or the message, that then shows what is done. */
export function showWait(
  update: Update,
  place: () => QueuePlace,
  { api, note, messageId, ...shared }: ShowWaitDeps,
): WaitDisplay | null {
  const target = privateTarget(update)
  if (target === null) return null
  let noted = Promise.resolve(messageId !== null)
  const progress = startProgress({
    ...{ api, target, messageId, ...shared },
    requestNumber: requestNumberOf({ update }),
    place: place(),
    onMessage: sentId => {
      noted = note(sentId)
    },
  })
  progress.queue(place)
  return {
    stop: progress.stop,
    isHandedOver: () => noted,
    remove: async sentId => void (await api.deleteMessage(target.chatId, sentId)),
  }
}
