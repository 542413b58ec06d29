import { headOf, isAdjective, isAmong, type Phrase, readPhrase, significantWords } from './phrase.ts'
import { textOf } from './relevance.ts'
import type { Product } from './shop.ts'
import { type RecipeNeed, suggestQuantity } from './suggest-quantity.ts'
import { isFractional } from './units.ts'

/** An ingredient, and the words it is searched by. */
export interface WantedProduct extends RecipeNeed {
  searchQuery: string
}

export interface Match {
  product: Product
  /** False where adjectives or words of the ingredient's name are not in the product: a substitute. */
  exact: boolean
}

/**
 * The products that are what an ingredient asks for, best first: none that lacks the noun of the query, or has or lacks what
 * the ingredient says otherwise («на кости», «без сахара»). Ordered by matching words, by how raw the product is, by the pack
 * nearest to the need, then as the shop ordered them.
 */
export function rankMatches(wanted: WantedProduct, products: readonly Product[]): Match[] {
  const phrases = [readPhrase(wanted.searchQuery), readPhrase(wanted.name)]
  return products
    .map(product => ({ product, phrase: readPhrase(product.name), words: significantWords(textOf(product)) }))
    .filter(({ phrase, words }) => hasNouns(phrases[0], words) && !phrases.some(asked => contradicts(asked, phrase)))
    .map(({ product, phrase, words }) => ({
      match: { product, exact: phrases.every(asked => missing(asked, phrase, words) === 0) },
      score: scoreOf(phrases, phrase, words),
      waste: wasteOf(product, wanted),
    }))
    .sort((a, b) => b.score - a.score || a.waste - b.waste)
    .map(({ match }) => match)
}

/** The query of the second try: the head word alone, or null when the first try was just that. */
export function headQuery(query: string): string | null {
  const words = readPhrase(query).has
  const head = headOf(words)
  return head === undefined || significantWords(query).length < 2 ? null : head
}

const hasNouns = (asked: Phrase | undefined, words: readonly string[]) =>
  (asked?.has ?? []).every((word, _, all) => (isAdjective(word) && word !== headOf(all)) || isAmong(word, words))

const contradicts = (asked: Phrase, found: Phrase) =>
  asked.has.some(word => isAmong(word, found.lacks) || found.lacks.some(lacked => isAmong(lacked, [word]))) ||
  asked.lacks.some(word => isAmong(word, found.has))

/** How many words of the phrase the product does not have in the same sense. What it suits is a wish, not a condition. */
const missing = (asked: Phrase, found: Phrase, words: readonly string[]) =>
  asked.has.filter(word => !isAmong(word, words)).length +
  asked.lacks.filter(word => !isAmong(word, found.lacks)).length

/** Cooked or preserved, which is only meant where it is named. */
const processed =
  /^(?:туш|жарен|варен|отварн|копчен|солен|марин|сушен|вялен|консерв|готов|панир|запечен|сухо[йе]|растворим|топлен)/u

function scoreOf(phrases: readonly Phrase[], found: Phrase, words: readonly string[]): number {
  const asked = phrases.flatMap(({ has }) => has)
  const lacked = phrases.flatMap(({ lacks }) => lacks)
  const head = headOf(phrases[0]?.has ?? [])
  const isHead = head !== undefined && isAmong(head, [headOf(found.has) ?? ''])
  const unasked = found.has.filter(word => processed.test(word) && !isAmong(word, asked)).length
  const unaskedLacks = found.lacks.filter(word => !isAmong(word, lacked)).length
  const suited = phrases.flatMap(({ suits }) => suits).filter(word => isAmong(word, found.suits)).length
  const absent = phrases.reduce((sum, phrase) => sum + missing(phrase, found, words), 0)
  const isMeal = words.some(word => /^готов/u.test(word)) && !asked.some(word => /^готов/u.test(word))
  return suited + (isHead ? 3 : 0) - 2 * absent - 3 * unasked - unaskedLacks - (isMeal ? 3 : 0)
}

/** How much more is bought than needed, in halves of the need: a small difference does not outweigh the shop's order. */
function wasteOf(product: Product, wanted: WantedProduct): number {
  if (isFractional(product.unit) || product.weightGrams === null) return 0
  const gramsIn: Record<string, number> = { кг: 1000, г: 1, л: 1000, мл: 1 }
  const needed = wanted.quantity * (gramsIn[wanted.unit] ?? Number.NaN)
  if (!(needed > 0)) return 0
  const surplus = Math.abs(suggestQuantity(product, wanted) * product.weightGrams - needed)
  return Math.round((2 * surplus) / needed)
}
