import type { PlayedChat, Shown, UserAction } from './chat.ts'
import { wording } from './wording.ts'

/** How a message of a user ended. */
export type Outcome = 'answered' | 'refused' | 'stopped' | 'apologised' | 'too_fast'

const others = [
  ['apologised', wording.apology],
  ['refused', wording.refused],
  ['stopped', wording.stopped],
  ['too_fast', wording.tooFast],
] as const

/** The first message of the chat that ends what was sent; undefined while there is none: it waits, or is lost. */
export function outcomeOf(chat: PlayedChat, sent: UserAction): { outcome: Outcome; by: Shown } | undefined {
  // consent is given and a cart rated in the message that was pressed
  const shown = sent.kind === 'press' ? chat.shown().filter(({ at }) => at >= sent.at) : chat.shown(sent.after)
  for (const by of shown) {
    if (sent.expects === null || sent.expects.test(by.text)) return { outcome: 'answered', by }
    const other = others.find(([, text]) => text.test(by.text))
    if (other !== undefined) return { outcome: other[0], by }
  }
  return undefined
}
