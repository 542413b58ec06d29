import type { StoredCart } from '../shop/cart.ts'
import type { QuantityOrigin } from '../shop/cart-quantity.ts'
import type { Product } from '../shop/shop.ts'
import type { Restriction } from '../users/users.ts'
import type { CartView, Limit, RecipeSteps } from './assistant.ts'

/** A product the dialogue has seen, with who determines its quantity. */
export interface KnownProduct {
  product: Product
  origin: QuantityOrigin
  /** The quantity a recipe was advised to buy, in the unit of the product. */
  suggestedQ?: number
}

/** Products by `xml_id`. */
export interface KnownProducts extends Iterable<[number, KnownProduct]> {
  get(xmlId: number): KnownProduct | undefined
}

/** Who `q` of a product comes from. What was suggested is in the product's unit already, as if the user had named it. */
export const quantityOrigin = (known: KnownProduct | undefined, q: number): QuantityOrigin =>
  known === undefined || known.suggestedQ === q ? 'user' : known.origin

/** A cart that passed every check and for which the shop gave no link. */
export interface UnlinkedCart extends Pick<StoredCart, 'lines' | 'totalMinor'> {
  /** As the model asked for it. */
  requested: readonly { xml_id: number; q: number }[]
  /** Whether the model called it a change of the last cart; null when it did not say. */
  changesPrevious: boolean | null
  products: readonly KnownProduct[]
}

export interface FoundProducts {
  products: readonly Product[]
  /** The preference that changed the query. */
  preference: string | null
  /** Nothing found looks like what was asked for. */
  doubtful: boolean
}

/** What the tool calls of one message have achieved so far. Immutable: each call leads to a new one. */
export interface MessageState {
  /** Those of earlier messages included. */
  readonly products: KnownProducts
  /** Searches made, by sort order and query: the same one is not made twice. */
  readonly searches: ReadonlyMap<string, FoundProducts>
  /** Names asked for and not found. */
  readonly notFound: readonly string[]
  /** Names of the tools executed, failed ones included. */
  readonly toolsCalled: ReadonlySet<string>
  /** Roubles. The last budget among the arguments; it holds until another one is named. */
  readonly budgetRub: number | null
  /** What the recipes of this message take and every kitchen has. */
  readonly larder: readonly string[]
  /** The recipes whose steps were asked for. */
  readonly recipes: readonly RecipeSteps[]
  readonly cart: CartView | null
  /** The last cart without a link; of no interest once there is a cart. */
  readonly unlinked: UnlinkedCart | null
  /** Text for the user that came with the cart, as the model wrote it; empty without one, or when the model must read the result first. */
  readonly closingWords: string
  readonly limit: Limit | null
  /** Stated in this message; they hold even where they could not be stored. */
  readonly statedRestrictions: readonly Restriction[]
}

/** What one tool call adds to the state of its message. A missing key changes nothing. */
export interface Achievement {
  products?: readonly KnownProduct[]
  searches?: ReadonlyMap<string, FoundProducts>
  /** Names that a search found nothing for. */
  missed?: readonly string[]
  /** Queries that found what they name: it is no longer missing. */
  found?: readonly string[]
  budgetRub?: number | null
  larder?: readonly string[]
  recipes?: readonly RecipeSteps[]
  cart?: CartView
  unlinked?: UnlinkedCart
  closingWords?: string
  limit?: Limit
  /** Stored preferences were changed, cached ones are stale. */
  preferencesChanged?: boolean
  /** Those stated so far, this call's included. */
  statedRestrictions?: readonly Restriction[]
}

/** What stays true when the question is asked again with a later text of the user. */
export type Carried = Pick<MessageState, 'products' | 'searches' | 'statedRestrictions'>

/**
 * The state before the first tool call: the products of earlier messages, or what was carried over, nothing else. `earlier` is
 * called at most once, when a product is asked for that the message has not found itself.
 */
export const initialState = (earlier: () => readonly KnownProduct[], carried?: Carried): MessageState => ({
  products: whenAsked(earlier),
  searches: new Map(),
  notFound: [],
  toolsCalled: new Set(),
  budgetRub: null,
  larder: [],
  recipes: [],
  cart: null,
  unlinked: null,
  closingWords: '',
  limit: null,
  statedRestrictions: [],
  ...(carried && {
    products: carried.products,
    searches: carried.searches,
    statedRestrictions: carried.statedRestrictions,
  }),
})

/** Composes the state after one tool call; neither argument is changed. */
export function addAchievement(state: MessageState, achieved: Achievement): MessageState {
  return {
    products: withNewer(state.products, byXmlId(achieved.products ?? [])),
    searches: new Map([...state.searches, ...(achieved.searches ?? [])]),
    notFound: addMissed(withoutFound(state.notFound, achieved.found ?? []), achieved.missed ?? []),
    toolsCalled: state.toolsCalled,
    budgetRub: achieved.budgetRub ?? state.budgetRub,
    larder: addMissed(state.larder, achieved.larder ?? []),
    recipes: [...state.recipes, ...(achieved.recipes ?? [])],
    cart: achieved.cart ?? state.cart,
    unlinked: achieved.unlinked ?? state.unlinked,
    closingWords: achieved.closingWords ?? state.closingWords,
    limit: achieved.limit ?? state.limit,
    statedRestrictions: achieved.statedRestrictions ?? state.statedRestrictions,
  }
}

const byXmlId = (products: readonly KnownProduct[]) => new Map(products.map(known => [known.product.xmlId, known]))

function whenAsked(read: () => readonly KnownProduct[]): KnownProducts {
  let known: Map<number, KnownProduct> | undefined
  const all = () => (known ??= byXmlId(read()))
  return { get: xmlId => all().get(xmlId), [Symbol.iterator]: () => all().entries() }
}

const withNewer = (earlier: KnownProducts, newer: ReadonlyMap<number, KnownProduct>): KnownProducts => ({
  get: xmlId => newer.get(xmlId) ?? earlier.get(xmlId),
  [Symbol.iterator]: () => new Map([...earlier, ...newer]).entries(),
})

const addMissed = (names: readonly string[], missed: readonly string[]) => [...new Set([...names, ...missed])]

function withoutFound(names: readonly string[], queries: readonly string[]): readonly string[] {
  return names.filter(name => !queries.includes(name))
}
