import { headOf, isAdjective, isAmong, readPhrase, significantWords } from '../shop/phrase.ts'
import { textOf } from '../shop/relevance.ts'
import { cleanQuery } from '../shop/search-query.ts'
import type { Product } from '../shop/shop.ts'
import type { Preference } from '../users/users.ts'
import { foldCase } from './words.ts'

/** How the stored taste for a kind of product changes one search. */
export interface Taste {
  /** The kind of product. */
  category: string
  preference: string
  /** The query with the taste in it; null when the user says what they want of it, and the taste only orders what is found. */
  query: string | null
}

/**
 * The stored taste that concerns a query: «молоко» with «безлактозное» is searched together. Where the query or the user's
 * text says more («хлеб бородинский», «молоко 3,2 %»), that is searched, and what also meets the taste comes first.
 */
export function tasteFor(query: string, text: string, preferences: readonly Preference[]): Taste | null {
  const wanted = significantWords(cleanQuery(query))
  const fits = preferences.find(({ category }) => {
    const words = significantWords(category)
    const [head, kind] = [headOf(wanted), headOf(words)]
    const isKind = head !== undefined && kind !== undefined && isAmong(kind, [head])
    return isKind && words.every(word => isAmong(word, wanted))
  })
  if (fits === undefined) return null
  const { category, preference } = fits
  const isPlain =
    foldCase(cleanQuery(query)) === foldCase(category) || wanted.length === significantWords(category).length
  return { category, preference, query: isPlain && !saysMore(category, text) ? withPreference(query, fits) : null }
}

/** Orders products by the user's own words for a kind of product, then by the taste for it. Stable. */
export function byTaste(products: readonly Product[], taste: Taste, text: string): Product[] {
  const wishes = wordsBeside(taste.category, text)
  const liked = significantWords(taste.preference)
  const meets = ({ name }: Product) =>
    wishes.filter(wish =>
      foldCase(name)
        .replace(/\s{1,3}%/g, '%')
        .includes(wish),
    ).length
  const isLiked = (product: Product) => isLikedBy(liked, product)
  return products.toSorted((a, b) => meets(b) - meets(a) || Number(isLiked(b)) - Number(isLiked(a)))
}

/** Whether any of the products meets the taste. */
export const meetsTaste = (products: readonly Product[], { preference }: Taste): boolean =>
  products.some(product => isLikedBy(significantWords(preference), product))

const isLikedBy = (liked: readonly string[], product: Product) => {
  const words = significantWords(textOf(product))
  return liked.length > 0 && liked.every(word => isAmong(word, words))
}

const saysMore = (category: string, text: string) => wordsBeside(category, text).length > 0

/** Percentages and adjectives by which a text says which of a kind it means: «козье молоко 3,2 %». */
function wordsBeside(category: string, text: string): string[] {
  const kind = significantWords(category)
  const tokens = foldCase(text).match(/\d+(?:[.,]\d+)?\s*%|\p{L}+|\d+|[,.;:!?]/gu) ?? []
  const isWish = (token: string | undefined) =>
    token !== undefined && (/%$/.test(token) || (isAdjective(token) && readPhrase(token).has.length > 0))
  return tokens.flatMap((token, at) => {
    if (!isAmong(token, kind)) return []
    return [tokens[at - 1], tokens[at + 1], tokens[at + 2]]
      .slice(0, isWish(tokens[at + 1]) ? 3 : 1)
      .filter(isWish)
      .map(wish => (wish ?? '').replace(/\s+/g, ''))
  })
}

/** «молоко» with «безлактозное» is «молоко безлактозное»; with «молоко топлёное» it is just that. */
const withPreference = (query: string, { category, preference }: Preference) =>
  foldCase(preference).includes(foldCase(category)) ? preference : `${cleanQuery(query)} ${preference}`
