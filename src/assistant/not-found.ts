import type { CartLine } from '../shop/cart.ts'
import { isAmong, significantWords } from '../shop/phrase.ts'
import { looksIrrelevant, textOf } from '../shop/relevance.ts'

/** True if the user named it: a query of the model's own is nothing that the user misses. */
export function isAskedFor(query: string, text: string): boolean {
  const words = significantWords(text)
  const asked = significantWords(query)
  return asked.length > 0 && asked.every(word => isAmong(word, words))
}

/** The missed names that no line of the cart is. */
export const notObtained = (missed: readonly string[], lines: readonly CartLine[]): string[] =>
  missed.filter(name => lines.every(({ product }) => looksIrrelevant(name, [textOf(product)])))
