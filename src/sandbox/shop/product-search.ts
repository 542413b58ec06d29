import type { CatalogueProduct } from './product.ts'
import { meaningfulWords, stemOf, withoutEnding, wordsOf } from './russian-words.ts'

type SortOrder = 'popularity' | 'rating' | 'price_asc' | 'price_desc' | 'new' | 'name_asc' | 'name_desc'

export interface SearchRequest {
  q: string
  sort: SortOrder
  /** Only the shop's own brand. */
  ownBrandOnly: boolean
  /** A shelf or a department; 0 for all. */
  categoryId: number
}

/** How well a product fits, best first: it is the thing, names it, begins like it, mentions it. */
const fits = ['is', 'names', 'begins', 'mentions'] as const
type Fit = (typeof fits)[number]

interface IndexedWord {
  text: string
  stem: string
}

interface Entry {
  name: readonly IndexedWord[]
  /** Stems. */
  aliases: readonly string[]
  about: readonly IndexedWord[]
}

/**
 * Lexical search over the whole assortment: every word of the query must occur in the name, the description or the shelf's name, be
 * it only as a part of a longer word («ром» finds «ромштекс»). Numbers must stand in the name. Better fits come first in every sort
 * order, so cheap side finds do not hide what was asked for.
 */
export function createProductSearch(products: readonly CatalogueProduct[]) {
  const index = products.map(product => ({
    product,
    name: indexed(product.name),
    aliases: wordsOf(product.aliases.join(' ')).map(stemOf),
    about: indexed(`${product.description} ${product.shelf.name}`),
  }))

  return (request: SearchRequest): CatalogueProduct[] => {
    const words = indexed(meaningfulWords(request.q).join(' '))
    if (request.q !== '' && words.length === 0) return []
    return index
      .filter(({ product }) => !request.ownBrandOnly || product.ownBrand)
      .filter(
        ({ product: { shelf, department } }) =>
          request.categoryId === 0 || shelf.id === request.categoryId || department.id === request.categoryId,
      )
      .flatMap(({ product, ...entry }) => {
        const fit = fitOf(words, entry)
        return fit === null ? [] : [{ product, rank: fits.indexOf(fit) }]
      })
      .sort((a, b) => a.rank - b.rank || compare[request.sort](a.product, b.product) || a.product.id - b.product.id)
      .map(({ product }) => product)
  }
}

const indexed = (text: string): IndexedWord[] => wordsOf(text).map(word => ({ text: word, stem: stemOf(word) }))

function fitOf(words: readonly IndexedWord[], entry: Entry): Fit | null {
  const worst = Math.max(0, ...words.map(word => rankOfWord(word, entry)))
  const heads = [entry.name[0]?.stem, ...entry.aliases]
  if (worst === fits.indexOf('names') && words.some(({ stem }) => heads.includes(stem))) return 'is'
  return fits[worst] ?? null
}

function rankOfWord({ text, stem }: IndexedWord, { name, aliases, about }: Entry): number {
  if (name.some(word => word.stem === stem) || aliases.includes(stem)) return fits.indexOf('names')
  if (/^\d/.test(text)) return fits.length
  const part = withoutEnding(text).length >= 3 ? withoutEnding(text) : text
  if (part.length >= 3 && name.some(word => word.text.startsWith(part))) return fits.indexOf('begins')
  const mentioned = about.some(word => word.stem === stem) || [...name, ...about].some(word => word.text.includes(part))
  return mentioned ? fits.indexOf('mentions') : fits.length
}

const priceOf = (product: CatalogueProduct, unknown: number) => product.price?.current ?? unknown

const compare: Record<SortOrder, (a: CatalogueProduct, b: CatalogueProduct) => number> = {
  popularity: (a, b) => (b.rating?.count ?? 0) - (a.rating?.count ?? 0),
  rating: (a, b) => (b.rating?.average ?? 0) - (a.rating?.average ?? 0),
  price_asc: (a, b) => priceOf(a, Number.MAX_VALUE) - priceOf(b, Number.MAX_VALUE),
  price_desc: (a, b) => priceOf(b, 0) - priceOf(a, 0),
  new: (a, b) => b.id - a.id,
  name_asc: (a, b) => a.name.localeCompare(b.name, 'ru'),
  name_desc: (a, b) => b.name.localeCompare(a.name, 'ru'),
}
