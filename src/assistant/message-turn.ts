import type { Question } from './assistant.ts'
import type { Deadline } from './deadline.ts'
import type { StreamTurn } from './model/stream-queue.ts'

/**
 * The place of one message among all that want the model, for each of its calls. While any of them waits the deadline stands
 * still, and `question.onQueue` knows.
 */
export function createMessageTurn(
  { since, update, onQueue }: Pick<Question, 'since' | 'update' | 'onQueue'>,
  deadline: Pick<Deadline, 'pause' | 'resume'>,
): StreamTurn {
  let waiting = 0
  let hasBegun = false
  return {
    since: (since ?? update.at).getTime(),
    onWaiting: place => {
      waiting += 1
      deadline.pause()
      if (waiting === 1) onQueue?.(place, !hasBegun)
    },
    onTurn: () => {
      waiting -= 1
      deadline.resume()
      if (waiting === 0) onQueue?.(null, false)
    },
    onStream: () => {
      hasBegun = true
    },
  }
}
