import type { ChatBody } from '../chat-contract.ts'
import { findDish, ingredientsOf } from './dishes.ts'
import { hash, normalise } from './words.ts'

/**
 * The answer to a request for the ingredients of one dish: a JSON array, now and then in a code fence as the real model writes it;
 * an unknown dish has none. Null when the request asks for something else.
 */
export function recipeReply({ functions, messages }: ChatBody): string | null {
  if (functions.length > 0) return null
  const prompt = messages.map(message => message.content ?? '').join('\n')
  const asked = /^\s*Блюдо:\s*(?<dish>.+?)\s*$/m.exec(prompt)?.groups?.dish
  if (asked === undefined) return null
  const servings = Number(/^\s*Порций:\s*(?<count>\d+)/m.exec(prompt)?.groups?.count ?? 2)
  const dish = findDish(normalise(asked))
  const json = JSON.stringify(dish === undefined ? [] : ingredientsOf(dish, servings))
  return hash(asked) % 2 === 0 ? `\`\`\`json\n${json}\n\`\`\`` : json
}
