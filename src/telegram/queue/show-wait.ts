import type { Api } from 'grammy'
import type { Update } from 'grammy/types'
import type { QueuePlace } from '../../assistant/model/stream-queue.ts'
import { type ProgressDeps, startProgress } from '../chat/progress.ts'
import { requestNumberOf } from '../chat/request-number.ts'
import type { WaitDisplay } from './inbox-queue.ts'

export interface ShowWaitDeps extends Pick<ProgressDeps, 'sleep' | 'drafts' | 'waitingUsers'> {
  api: Api
  /** Notes the message that shows the wait for the process that takes the update. False when none will be handed it. Never rejects. */
  note(messageId: number): Promise<boolean>
}

/** Shows the user of a private message its place in the queue, until it is taken: with the draft, or the message, that then shows what is done. */
export function showWait(
  { update_id, message }: Update,
  place: () => QueuePlace,
  { api, note, ...shared }: ShowWaitDeps,
): WaitDisplay {
  const chatId = message?.chat.id ?? 0
  const threadId = message?.is_topic_message === true ? message.message_thread_id : undefined
  let noted = Promise.resolve(false)
  const progress = startProgress({
    ...{ api, target: { chatId, threadId }, ...shared },
    requestNumber: requestNumberOf({ update: { update_id } }),
    place: place(),
    onMessage: messageId => {
      noted = note(messageId)
    },
  })
  progress.queue(place)
  return {
    stop: progress.stop,
    isHandedOver: () => noted,
    remove: async messageId => void (await api.deleteMessage(chatId, messageId)),
  }
}
