import type { Restriction } from '../../users/users.ts'
import type { Message } from '../model/chat-model.ts'
import { spokenAllergies, spokenRestrictions, takesBack } from './spoken.ts'

const tool = 'user_restrictions'

/**
 * What the user's words forbid in this message, and the allergies they have named earlier in the dialogue where no tool has
 * taken care of them since.
 */
export function spokenInDialogue(history: readonly Message[], text: string): Restriction[] {
  const isHandled = history.some(message => message.role === 'function' && message.name === tool)
  const texts = isHandled ? [] : history.flatMap(({ role, content }) => (role === 'user' ? [content ?? ''] : []))
  let earlier: Restriction[] = []
  for (const earlierText of texts) {
    const allergies = spokenAllergies(earlierText)
    earlier = takesBack(earlierText) ? allergies : earlier.concat(allergies)
  }
  return [...(takesBack(text) ? [] : earlier), ...spokenRestrictions(text)]
}

/** Whether an answer to words that state it needs the warning: «без лука» does not. */
export const needsWarning = ({ kind, value }: Restriction): boolean =>
  kind === 'allergy' || (kind === 'diet' && !value.startsWith('без '))
