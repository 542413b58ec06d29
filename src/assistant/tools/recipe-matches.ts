import { RateLimitError } from '../../errors.ts'
import { headQuery, type Match, rankMatches } from '../../shop/best-match.ts'
import { offerOf } from '../../shop/offer.ts'
import type { Product } from '../../shop/shop.ts'
import { suggestQuantity } from '../../shop/suggest-quantity.ts'
import type { MessageContext } from '../message-context.ts'
import { addAchievement, type FoundProducts, type KnownProduct } from '../message-state.ts'
import type { SharedIngredient } from '../recipes/merge-dishes.ts'
import type { ProductCheck } from '../restrictions/check-product.ts'
import { isForbidden } from '../restrictions/verdict-brief.ts'
import type { SearchProducts } from './search-products.ts'

/** What the shop has for one ingredient. */
export interface IngredientMatches {
  ingredient: SharedIngredient
  /** That which it asks for, best first; null when the search failed. */
  ranked: readonly Match[] | null
  /** Found, but not what was asked for. */
  others: readonly Product[]
  preference: string | null
}

interface Matched {
  lines: IngredientMatches[]
  /** Every product seen, with how much of it would be bought. */
  products: KnownProduct[]
  searches: ReadonlyMap<string, FoundProducts>
}

/**
 * Searches one ingredient after another, as the shop's pace allows. One that fails spoils its ingredient only; throws when all
 * of them fail. What the user must not get stands last.
 */
export async function matchIngredients(
  ingredients: readonly SharedIngredient[],
  check: ProductCheck,
  searchProducts: SearchProducts,
  message: MessageContext,
): Promise<Matched> {
  const lines: IngredientMatches[] = []
  const products: KnownProduct[] = []
  let state = message.state
  let failure: unknown = null

  async function search(query: string): Promise<FoundProducts | null> {
    // once the shop refuses for its limit, every further call would be refused too
    if (failure instanceof RateLimitError) return null
    try {
      const { found, achieved } = await searchProducts({ query, origin: 'recipe' }, { ...message, state })
      state = addAchievement(state, achieved)
      products.push(...(achieved.products ?? []))
      return found
    } catch (err) {
      failure = err
      return null
    }
  }

  for (const ingredient of ingredients) {
    const found = await search(ingredient.searchQuery)
    if (found === null) {
      lines.push({ ingredient, ranked: null, others: [], preference: null })
      continue
    }
    const first = rankMatches(ingredient, found.products)
    // «свинина шея» is among «свинина»
    const head = first.some(({ exact }) => exact) ? null : headQuery(ingredient.searchQuery)
    const second = head === null ? null : await search(head)
    const all = [...new Map([...found.products, ...(second?.products ?? [])].map(p => [p.xmlId, p])).values()]
    const ranked = (second === null ? first : rankMatches(ingredient, all)).toSorted(
      (a, b) => Number(isForbidden(a.product, check)) - Number(isForbidden(b.product, check)),
    )
    const isRanked = new Set(ranked.map(({ product }) => product))
    products.push(...all.map(product => advised(ingredient, product)))
    lines.push({ ingredient, ranked, others: all.filter(p => !isRanked.has(p)), preference: found.preference })
  }
  if (lines.length > 0 && lines.every(({ ranked }) => ranked === null)) throw failure
  return { lines, products, searches: state.searches }
}

const advised = (ingredient: SharedIngredient, product: Product): KnownProduct => ({
  product,
  origin: 'recipe',
  suggestedQ: suggestQuantity(product, ingredient),
})

/** Kopecks of what would be bought of a product for an ingredient; null when its price is unknown. */
function costOf(ingredient: SharedIngredient, product: Product, today: string): number | null {
  const q = suggestQuantity(product, ingredient)
  const { priceMinor } = offerOf(product, q, today)
  return priceMinor === null ? null : Math.round(priceMinor * q)
}

/** The sum of the best matches in kopecks, those of unknown price left out. */
export const totalOf = (lines: readonly IngredientMatches[], today: string): number =>
  lines.reduce((sum, { ingredient, ranked }) => {
    const best = ranked?.[0]
    return best === undefined ? sum : sum + (costOf(ingredient, best.product, today) ?? 0)
  }, 0)

/**
 * The same lines within a budget in kopecks, or as near to it as they come: one best match after another gives way to the
 * cheapest product that is the ingredient just as much, the one that saves most first.
 */
export function withinBudget(
  lines: readonly IngredientMatches[],
  budgetMinor: number,
  check: ProductCheck,
  today: string,
): IngredientMatches[] {
  let chosen = [...lines]
  while (totalOf(chosen, today) > budgetMinor) {
    const savings = chosen.map(line => cheaper(line, check, today))
    const most = savings.reduce((best, { saved }, at) => (saved > (savings[best]?.saved ?? 0) ? at : best), 0)
    const swap = savings[most]
    if (swap === undefined || swap.saved <= 0) break
    chosen = chosen.with(most, swap.line)
  }
  return chosen
}

function cheaper(
  line: IngredientMatches,
  check: ProductCheck,
  today: string,
): { line: IngredientMatches; saved: number } {
  const { ingredient, ranked } = line
  const best = ranked?.[0]
  const cost = best === undefined ? null : costOf(ingredient, best.product, today)
  if (ranked == null || best === undefined || cost === null) return { line, saved: 0 }
  const options = ranked
    .filter(({ product, exact }) => exact === best.exact && !isForbidden(product, check))
    .map(match => ({ match, cost: costOf(ingredient, match.product, today) ?? Number.POSITIVE_INFINITY }))
    .sort((a, b) => a.cost - b.cost)
  const cheapest = options[0]
  if (cheapest === undefined || cheapest.cost >= cost) return { line, saved: 0 }
  const others = ranked.filter(match => match !== cheapest.match)
  return { line: { ...line, ranked: [cheapest.match, ...others] }, saved: cost - cheapest.cost }
}
