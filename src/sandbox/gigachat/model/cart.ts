import type { ModelReply } from '../chat-contract.ts'
import { gramsOfPiece, type Pick } from './choose.ts'
import { lastCartIn } from './dialogue.ts'
import type { Wish } from './intent.ts'
import * as say from './phrases.ts'
import { isNamedBy } from './removal.ts'
import {
  avoidedBy,
  call,
  cheaperBy,
  costOf,
  forbiddenProducts,
  knownPreferences,
  pendingSearch,
  picksFor,
  runsOf,
  type Searched,
  type Situation,
  searchedWishes,
  searchTool,
  storePreferences,
  withPreference,
} from './shopping.ts'
import { type Found, failureOf, nutritionIn, totalIn, waysIn } from './tool-results.ts'
import { headNoun } from './wishes.ts'
import { normalise } from './words.ts'

const cartTool = 'vkusvill_cart_link_create'
export const nutritionTool = 'nutrition_calculate'
const maxLines = 20
const maxRebuilds = 2
const maxCarts = 8

/** What should end up in one cart. */
export interface Order {
  wishes: readonly Wish[]
  /** The dish whose recipe it is. */
  dish: string | null
  servings: number
  base: 'new' | 'previous'
  remove: readonly string[]
}

/**
 * The next step towards the cart of an order: what is to be remembered, searches, nutrition, the cart itself with the
 * words for it, and the words alone where they are asked for again.
 */
export function nextTowardsCart(situation: Situation, order: Order): ModelReply {
  const early = storePreferences(situation)
  if (early !== null) return early
  const preferences = knownPreferences(situation)
  const wishes = [...order.wishes, ...renewed(situation, order)].map(wish => withPreference(wish, preferences))
  const searched = searchedWishes(situation, wishes, avoidedBy(preferences))
  return (
    searchNext(situation, searched) ??
    sumNutrition(situation, order, searched) ??
    makeCart(situation, order, searched) ?? { text: describeCart(situation, order, searched) }
  )
}

function searchNext(situation: Situation, searched: readonly Searched[]): ModelReply | null {
  const last = runsOf(situation, cartTool).at(-1)
  if (last !== undefined && failureOf(last.result) !== 'restricted') return null
  const failures = searched.flatMap(s => (s.state === 'failed' ? [s.failure] : []))
  if (failures.includes('busy')) return { text: say.sayBusy }
  const found = searched.some(s => s.state === 'found')
  if (failures.length >= 2 && !found) return { text: say.saySearchUnavailable }
  const search = failures.length >= 2 ? null : pendingSearch(situation, searched)
  if (search !== null || found || !searched.some(s => s.state === 'pending')) return search
  return { text: runsOf(situation, searchTool).length > 0 ? say.sayUnfinished : say.saySearchUnavailable }
}

function makeCart(situation: Situation, order: Order, searched: readonly Searched[]): ModelReply | null {
  const { intent, tools } = situation
  const carts = runsOf(situation, cartTool)
  const last = carts.at(-1)
  const failure = last === undefined ? null : failureOf(last.result)
  if (last !== undefined && failure === null) return null
  if (failure === 'limit') return { text: say.sayLimit(waysIn(last?.result), intent.text) }
  if (failure === 'busy') return { text: say.sayBusy }
  if (failure === 'other') return { text: say.sayCartFailed }

  const overBudget = carts.filter(run => failureOf(run.result) === 'budget').length
  const lines = linesOf(situation, order, variant(situation, searched, overBudget))
  if (failure === 'budget') {
    const same = JSON.stringify(last?.arguments.products) === JSON.stringify(cartArguments(situation, lines).products)
    if (overBudget > maxRebuilds || same)
      return { text: say.sayOverBudget(intent.budgetRub ?? 0, totalIn(last?.result)) }
  }
  if (carts.length >= maxCarts) return { text: say.sayUnfinished }
  if (lines.length === 0) return { text: emptyText(situation, order, searched) }
  if (!tools.has(cartTool)) return { text: say.sayUnfinished }
  const message = describeCart(situation, order, searched)
  return { call: { name: cartTool, arguments: { ...cartArguments(situation, lines), ...closing(situation, message) } } }
}

function emptyText(situation: Situation, order: Order, searched: readonly Searched[]): string {
  if (order.base === 'previous' && order.wishes.length === 0) {
    return previousLines(situation).length > 0 ? say.sayEmptied : say.sayNoPrevious
  }
  const forbidden = forbiddenWishes(searched)
  if (forbidden.length > 0) return say.sayForbidden(forbidden)
  if (searched.some(s => s.state === 'failed')) return say.saySearchUnavailable
  return say.sayNothingFound(searched.map(s => s.wish.query))
}

const forbiddenWishes = (searched: readonly Searched[]) =>
  searched.filter(s => s.state === 'missing' && s.forbidden).map(s => s.wish.query)

interface Line {
  product: Found
  q: number
}

/** The picks for the n-th attempt: within the budget as far as prices are known, then one expensive line cheaper per rebuild. */
function variant({ intent }: Situation, searched: readonly Searched[], rebuilds: number): Pick[] {
  let picks = picksFor(searched, intent.cheap)
  const { budgetRub } = intent
  if (budgetRub === null) return picks
  let left = rebuilds
  while (sum(picks) > budgetRub || left > 0) {
    if (sum(picks) <= budgetRub) left--
    const cheaper = cheaperBy(picks, searched)
    if (cheaper === null) break
    picks = cheaper
  }
  return picks
}

const sum = (picks: readonly Pick[]) => picks.reduce((total, pick) => total + costOf(pick), 0)

const linesOf = (situation: Situation, order: Order, picks: readonly Pick[]): Line[] =>
  wantedLines(situation, order, picks).slice(0, maxLines)

/** What stays of the previous cart and what was picked, each product once. */
function wantedLines(situation: Situation, order: Order, picks: readonly Pick[]): Line[] {
  const kept = order.base === 'previous' && !situation.intent.cheap ? keptLines(situation, order) : []
  const lines = new Map<number, Line>()
  for (const { product, q } of [...kept, ...picks]) {
    lines.set(product.xmlId, { product, q: (lines.get(product.xmlId)?.q ?? 0) + q })
  }
  return [...lines.values()]
}

const keptLines = (situation: Situation, { remove }: Order): Line[] =>
  previousLines(situation).filter(({ product }) => !remove.some(word => isNamedBy(product.name, word)))

/** A previous cart that should become cheaper is searched anew, line by line. */
function renewed(situation: Situation, order: Order): Wish[] {
  if (order.base === 'new' || !situation.intent.cheap) return []
  return keptLines(situation, order).map(({ product, q }) => ({
    query: headNoun(normalise(product.name)) ?? product.name,
    amount: product.unit === 'кг' ? { value: q * 1000, unit: 'г' } : { value: q, unit: 'уп' },
  }))
}

/** Lines of the last cart without those that a refusal named. */
export const previousLines = (situation: Situation): Line[] =>
  lastCartIn(situation.dialogue.system)
    .filter(product => !forbiddenProducts(situation).has(product.xmlId))
    .map(product => ({ product, q: product.q }))

const cartArguments = ({ tools, intent }: Situation, lines: readonly Line[]) =>
  tools.narrow(cartTool, {
    products: lines.map(({ product, q }) => ({ xml_id: product.xmlId, 'q|quantity': q })),
    'budget|budget_rub|max_total': intent.budgetRub ?? undefined,
    changes_previous: intent.changes,
  })

/** The words that end the message with the cart, where the function takes them. */
const closing = ({ tools }: Situation, message: string) => tools.narrow(cartTool, { message })

function sumNutrition(situation: Situation, order: Order, searched: readonly Searched[]): ModelReply | null {
  const { tools, intent } = situation
  const due = intent.nutrition && tools.has(nutritionTool) && tools.has(cartTool)
  if (!due || runsOf(situation, nutritionTool).length > 0 || runsOf(situation, cartTool).length > 0) return null
  const picks = variant(situation, searched, 0)
  const items =
    intent.kcal !== null && picks.length > 0
      ? picks.map(pick => itemOf(situation, pick.product, Math.round(gramsEaten(pick) / order.servings)))
      : linesOf(situation, order, picks).map(line => nutritionItem(situation, line))
  return items.length === 0 ? null : call(tools, nutritionTool, { items })
}

/** A user who counts kilocalories eats what was asked for, not the whole pack. */
const gramsEaten = ({ wish: { amount, query }, product, q }: Pick) => {
  if (amount === null || amount.unit === 'уп') return gramsOfLine({ product, q })
  return amount.unit === 'шт' ? amount.value * gramsOfPiece(query) : amount.value
}

const gramsOfLine = ({ product, q }: Line) => (/^(?:кг|л)$/.test(product.unit) ? q * 1000 : q * (product.grams ?? 100))

/** One product for the nutrition tool, by id where it takes ids. */
export const nutritionItem = (situation: Situation, line: Line) =>
  itemOf(situation, line.product, Math.round(gramsOfLine(line)))

function itemOf({ tools }: Situation, product: Found, grams: number): Record<string, unknown> {
  return tools.takes(nutritionTool, 'items', 'xml_id')
    ? { xml_id: product.xmlId, grams }
    : { name: product.name, grams }
}

function describeCart(situation: Situation, order: Order, searched: readonly Searched[]): string {
  const { intent } = situation
  const nutrition = runsOf(situation, nutritionTool).map(run => nutritionIn(run.result))[0] ?? null
  return say.sayCart({
    intent,
    dish: order.dish,
    servings: order.servings,
    missing: searched
      .filter(s => s.state !== 'found' && s.state !== 'pending' && !s.wish.optional)
      .filter(s => s.state !== 'missing' || !s.forbidden)
      .map(s => s.wish.query),
    forbidden: forbiddenWishes(searched),
    replaced: searched.flatMap(s =>
      s.state === 'found' && s.instead !== undefined ? [{ wish: s.wish.query, by: s.instead }] : [],
    ),
    beyond: wantedLines(situation, order, variant(situation, searched, 0))
      .slice(maxLines)
      .map(({ product }) => product.name),
    softened: searched.filter(s => s.state === 'found' && s.softened).map(s => s.wish.query),
    change:
      order.base === 'new' || previousLines(situation).length === 0
        ? null
        : order.wishes.length > 0
          ? 'added'
          : order.remove.length > 0
            ? 'removed'
            : 'repeated',
    notThere: order.remove.filter(
      word => !previousLines(situation).some(({ product }) => isNamedBy(product.name, word)),
    ),
    noPrevious: order.base === 'previous' && previousLines(situation).length === 0,
    nutrition: nutrition === null ? null : { ...nutrition, of: intent.kcal === null ? 'cart' : 'serving' },
    nutritionLater: intent.nutrition && nutrition === null,
  })
}
