import { headOf, isAdjective, isAmong, type Phrase, readPhrase, significantWords } from './phrase.ts'
import { textOf } from './relevance.ts'
import type { Product } from './shop.ts'
import { type RecipeNeed, suggestQuantity } from './suggest-quantity.ts'
import { isFractional, toGrams } from './units.ts'

/** An ingredient, and the words it is searched by. */
interface WantedProduct extends RecipeNeed {
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
      score: scoreOf(phrases, phrase, words) + fatScore(wanted.name, product.name),
      surplus: surplusOf(product, wanted),
    }))
    .sort((a, b) => b.score - a.score || a.surplus - b.surplus)
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

/** «Сливки 33%» are rather those of 33 % than of 10 %. */
function fatScore(wanted: string, found: string): number {
  const [asked, has] = [wanted, found].map(text =>
    /(?<!\d)(\d{1,3}(?:[.,]\d{1,2})?)\s{0,3}%/u.exec(text)?.[1]?.replace(',', '.'),
  )
  if (asked === undefined || has === undefined) return 0
  return Number(asked) === Number(has) ? 1 : -1
}

/** Cooked or preserved, which is only meant where it is named. */
const processed =
  /^(?:тушен(?!оч)|жарен|варен|отварн|копчен|солен|марин|сушен|вялен|консерв|готов|панир|запечен|сухо[йе]|растворим|топлен|молот|ванильн)/u

/** The kind that a cook means who names none: flour of wheat, eggs of hens. */
const usual = /^(?:пшеничн|курин|подсолнечн|репчат|песок$|нарезн)/u

function scoreOf(phrases: readonly Phrase[], found: Phrase, words: readonly string[]): number {
  const asked = phrases.flatMap(({ has, lacks, suits }) => [...has, ...lacks, ...suits])
  const head = headOf(phrases[0]?.has ?? []) ?? ''
  const foundHead = headOf(found.has) ?? ''
  const isHead = isAmong(head, [foundHead])
  // «хлеб» is «хлеба» rather than «хлебцы»
  const isNear = isHead && Math.abs(head.length - foundHead.length) <= 1
  const unasked = [...found.has, ...found.lacks, ...found.suits].filter(
    word => !isAmong(word, asked) && word !== foundHead,
  )
  const suited = phrases.flatMap(({ suits }) => suits).filter(word => isAmong(word, found.suits)).length
  const absent = phrases.reduce((sum, phrase) => sum + missing(phrase, found, words), 0)
  // «без глютена», «для суши»: for those who ask for it
  const special = [...found.lacks, ...found.suits].filter(word => !isAmong(word, asked))
  const isMeal = words.some(word => /^готов/u.test(word)) && !asked.some(word => /^готов/u.test(word))
  return (
    suited +
    (isHead ? 3 : 0) +
    (isNear ? 1 : 0) -
    2 * absent -
    3 * unasked.filter(word => processed.test(word)).length -
    (unasked.length > 0 ? 0.5 : 0) -
    (special.length > 0 ? 0.5 : 0) +
    (words.some(word => usual.test(word)) ? 0.25 : 0) -
    (isMeal ? 3 : 0)
  )
}

/** Grams from which on the size of a pack matters; of a little any household pack is bought. */
const notableNeed = 200

/** How many times the need, or else how many kilograms, are left over: less than that does not outweigh the shop's order. */
function surplusOf(product: Product, wanted: WantedProduct): number {
  const needed = toGrams(wanted.quantity, wanted.unit)
  if (needed === null || isFractional(product.unit) || product.weightGrams === null) return 0
  const left = Math.abs(suggestQuantity(product, wanted) * product.weightGrams - needed)
  return needed < notableNeed ? Math.floor(left / 1000) : Math.round(left / needed)
}
