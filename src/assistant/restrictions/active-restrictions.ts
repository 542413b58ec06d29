import type { Restriction } from '../../users/users.ts'
import type { MessageContext } from '../message-context.ts'
import { createProductCheck, type ProductCheck } from './check-product.ts'

const leavesOut =
  /(?:^|[^\p{L}])(?:не|нельзя|без|убер\p{L}*|убра\p{L}*|кроме|исключ\p{L}*|замен\p{L}*|ненавиж\p{L}*)(?!\p{L})/iu

/** A dislike gives way to what the user asks for in so many words; a diet or an allergy never does. */
const isWishedFor = (restriction: Restriction, text: string) =>
  restriction.kind === 'dislike' &&
  !leavesOut.test(text) &&
  createProductCheck([restriction]).check(text, null).verdict === 'conflict'

/** What forbids products for this message: stored and stated restrictions. `isUnread`: the stored ones are not known. */
export async function activeCheck(message: MessageContext): Promise<{ check: ProductCheck; isUnread: boolean }> {
  const stored = await message.restrictions()
  const all = [...(stored ?? []), ...message.state.statedRestrictions]
  const active = all.filter(restriction => !isWishedFor(restriction, message.question.text))
  return { check: createProductCheck(active), isUnread: stored === null }
}
