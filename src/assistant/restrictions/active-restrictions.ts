import type { MessageContext } from '../message-context.ts'
import { createProductCheck, type ProductCheck } from './check-product.ts'
import { wishedWords } from './wished-words.ts'

/**
 * What forbids products for this message: stored, stated and spoken restrictions. A dislike gives way to what the user asks
 * for in so many words; a diet or an allergy never does. `isUnread`: the stored ones are not known.
 */
export async function activeCheck(message: MessageContext): Promise<{ check: ProductCheck; isUnread: boolean }> {
  const stored = await message.restrictions()
  const restrictions = [...(stored ?? []), ...message.state.statedRestrictions, ...message.spoken]
  return { check: createProductCheck(restrictions, wishedWords(message.question.text)), isUnread: stored === null }
}
