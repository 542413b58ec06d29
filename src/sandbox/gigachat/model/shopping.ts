import type { ModelReply } from '../chat-contract.ts'
import { fitting, isCountedLoose, type Pick, quantityOf } from './choose.ts'
import type { ModelDialogue, ToolRun } from './dialogue.ts'
import type { Intent, StatedPreference, Wish } from './intent.ts'
import { nounOf } from './lexicon.ts'
import { restrictionOf } from './stated-preferences.ts'
import { substitutesFor } from './substitutes.ts'
import type { Tools } from './tool-arguments.ts'
import {
  answerTo,
  conflictsIn,
  type Failure,
  type Found,
  failureOf,
  isDoubtful,
  preferencesIn,
  productsIn,
} from './tool-results.ts'

/** Everything a step may look at. */
export interface Situation {
  intent: Intent
  dialogue: ModelDialogue
  tools: Tools
}

export const restrictionsTool = 'user_restrictions'
export const searchTool = 'vkusvill_products_search'
const maxRuns = 17
const mostQueries = 25

/** A call with the arguments its function takes. */
export const call = (tools: Tools, name: string, wanted: Record<string, unknown> = {}): ModelReply => ({
  call: { name, arguments: tools.narrow(name, wanted) },
})

export const runsOf = ({ dialogue }: Situation, name: string): ToolRun[] =>
  dialogue.runs.filter(run => run.name === name)

/** The user's stored preferences as last read, with those stated in this message. */
export function knownPreferences({ dialogue, intent }: Situation): StatedPreference[] {
  const read = [...dialogue.earlier, ...dialogue.runs].findLast(run => run.name === 'user_preferences_get')
  return [...preferencesIn(read?.result), ...intent.remember]
}

/** Stores the restrictions and preferences that the message states, one call each. */
export function storePreferences(situation: Situation): ModelReply | null {
  const restrictions = situation.tools.has(restrictionsTool) ? situation.intent.remember.flatMap(restrictionOf) : []
  const due = restrictions[runsOf(situation, restrictionsTool).length]
  if (due !== undefined) return call(situation.tools, restrictionsTool, { action: 'set', ...due })
  const tastes = situation.intent.remember.filter(
    stated => !situation.tools.has(restrictionsTool) || restrictionOf(stated).length === 0,
  )
  const next = tastes[runsOf(situation, 'user_preferences_set').length]
  if (next === undefined || !situation.tools.has('user_preferences_set')) return null
  return call(situation.tools, 'user_preferences_set', { ...next })
}

/** What the user avoids. */
export const avoidedBy = (preferences: readonly StatedPreference[]) =>
  preferences.flatMap(({ preference }) => /исключить:? ?(?<what>.+)$/.exec(preference)?.groups?.what ?? [])

/** A wish with the stored taste for that kind of product: «молоко» with «безлактозное» is «молоко безлактозное». */
export function withPreference(wish: Wish, preferences: readonly StatedPreference[]): Wish {
  if (wish.known !== undefined) return wish
  const fits = preferences.find(p => p.category === wish.query.toLowerCase() && !p.preference.startsWith('исключить'))
  if (fits === undefined) return wish
  return { ...wish, query: `${wish.query} ${fits.preference}` }
}

/** How the search for one wish went so far. */
export type Searched = { wish: Wish } & (
  | { state: 'pending'; query: string }
  /** `instead`: what is found is no such thing, but a replacement that the user may have. */
  | { state: 'found'; hits: Found[]; softened: boolean; instead?: string }
  /** `forbidden`: found, but the user must not get it. */
  | { state: 'missing'; forbidden: boolean }
  | { state: 'failed'; failure: Failure }
)

/**
 * Looks up each wish in the searches made for this message; a failed search is retried once, and a longer
 * query that found nothing once by its noun.
 */
export function searchedWishes(situation: Situation, wishes: readonly Wish[], avoided: readonly string[]): Searched[] {
  const forbidden = forbiddenProducts(situation)
  return searchWishes(situation, wishes, avoided)
    .map(searched => withoutForbidden(searched, forbidden))
    .map(searched =>
      searched.state === 'missing' && searched.forbidden
        ? (replaced(situation, searched.wish, forbidden) ?? searched)
        : searched,
    )
}

/** A replacement for what the user must not get, as far as it was searched; null when there is none. */
function replaced(situation: Situation, wish: Wish, forbidden: ReadonlySet<number>): Searched | null {
  for (const query of substitutesFor(wish.query)) {
    const run = runsOf(situation, searchTool).findLast(({ arguments: args }) =>
      Object.values(args).flat().includes(query),
    )
    if (run === undefined) {
      const mayAsk = situation.tools.has(searchTool) && situation.dialogue.runs.length < maxRuns
      return mayAsk ? { wish, state: 'pending', query } : null
    }
    const hits = fitting(query, productsIn(answerTo(query, run.result))).filter(
      hit => !hit.forbidden && !forbidden.has(hit.xmlId),
    )
    if (hits.length > 0) return { wish, state: 'found', hits, softened: false, instead: query }
  }
  return null
}

/** Products of refused carts. */
export const forbiddenProducts = (situation: Situation): ReadonlySet<number> =>
  new Set(runsOf(situation, 'vkusvill_cart_link_create').flatMap(run => conflictsIn(run.result)))

/** A wish that was refused this often is given up. */
const refusalsAllowed = 3

function withoutForbidden(searched: Searched, forbidden: ReadonlySet<number>): Searched {
  if (searched.state !== 'found') return searched
  const refused = searched.hits.filter(hit => forbidden.has(hit.xmlId))
  const hits = searched.hits.filter(hit => !hit.forbidden && !forbidden.has(hit.xmlId))
  return hits.length > 0 && refused.length < refusalsAllowed
    ? { ...searched, hits }
    : { wish: searched.wish, state: 'missing', forbidden: true }
}

function searchWishes(situation: Situation, wishes: readonly Wish[], avoided: readonly string[]): Searched[] {
  const searches = runsOf(situation, searchTool)
  return wishes.map((wish): Searched => {
    if (wish.known !== undefined) return hitsOf(wish, fitting(wish.query, wish.known, avoided), false)
    const queries = [wish.query, ...widened(wish.query)]
    for (const [i, query] of queries.entries()) {
      const tries = searches.filter(run => Object.values(run.arguments).flat().includes(query))
      const run = tries.at(-1)
      if (run === undefined && i > 0 && situation.dialogue.runs.length >= maxRuns) break
      if (run === undefined) return { wish, state: 'pending', query }
      const answer = answerTo(query, run.result)
      const failure = failureOf(answer)
      const again = failure === 'other' && tries.length === 1 && situation.tools.has(searchTool)
      if (again) return { wish, state: 'pending', query }
      if (failure !== null) return { wish, state: 'failed', failure }
      const hits = isDoubtful(answer) ? [] : fitting(query, productsIn(answer), avoided)
      if (hits.length > 0) return hitsOf(wish, hits, i > 0)
    }
    return { wish, state: 'missing', forbidden: false }
  })
}

const hitsOf = (wish: Wish, hits: Found[], softened: boolean): Searched =>
  hits.length > 0 ? { wish, state: 'found', hits, softened } : { wish, state: 'missing', forbidden: false }

/** What general words mean at least. */
const forInstance: Record<string, string> = {
  курица: 'филе куриное',
  рыба: 'филе трески',
  мясо: 'говядина',
  фрукты: 'яблоки',
  овощи: 'огурцы',
  зелень: 'укроп',
  ягоды: 'клубника',
}

/** A wider or more concrete query to try when the first finds nothing. */
function widened(query: string): string[] {
  const example = forInstance[query]
  if (example !== undefined) return [example]
  const words = query.split(' ')
  const noun = words.map(nounOf).find(n => n !== undefined)?.nominative
  return words.length > 1 && noun !== undefined && noun !== query ? [noun] : []
}

/** The search that is due next, of all that is not searched yet where the function takes a list. */
export function pendingSearch({ tools, intent }: Situation, searched: readonly Searched[]): ModelReply | null {
  const pending = searched.flatMap(s => (s.state === 'pending' ? [s.query] : []))
  if (pending.length === 0 || !tools.has(searchTool)) return null
  const sort = intent.cheap || intent.budgetRub !== null ? 'price_asc' : undefined
  const queries = [...new Set(pending)].slice(0, mostQueries)
  return tools.knows(searchTool, 'queries')
    ? call(tools, searchTool, { queries, sort })
    : call(tools, searchTool, { 'q|query': queries[0], sort })
}

/** The product for each wish: the best fit, or the cheapest way to meet the wish. */
export function picksFor(searched: readonly Searched[], cheapest: boolean): Pick[] {
  return searched.flatMap(s => {
    if (s.state !== 'found') return []
    const options = s.hits.map(product => ({ wish: s.wish, product, q: quantityOf(s.wish, product) }))
    const best = cheapest
      ? options.toSorted((a, b) => costOf(a) - costOf(b))[0]
      : (loose(s.wish, options) ?? options[0])
    return best === undefined ? [] : [best]
  })
}

/** «полкило помидоров» is weighed rather than packed, «3 помидора» too, if the shop weighs them. */
const loose = ({ query, amount }: Wish, options: readonly Pick[]) =>
  amount?.unit === 'г' || (amount?.unit === 'шт' && isCountedLoose(query))
    ? options.find(({ product }) => product.unit === 'кг' && product.name.toLowerCase().startsWith(query.slice(0, 4)))
    : undefined

/** Unknown prices count as the highest, so that a cheaper known one wins. */
export const costOf = ({ product, q }: Pick) => (product.price ?? 1_000_000) * q

/** Replaces the costliest line that has a cheaper fitting product, then drops the costliest optional one; null when nothing is left to do. */
export const cheaperBy = (picks: readonly Pick[], searched: readonly Searched[]) =>
  replaceCostliest(picks, searched) ?? dropCostliest(picks)

const fewest = 2

function dropCostliest(picks: readonly Pick[]): Pick[] | null {
  const costliest = picks.filter(pick => pick.wish.optional).toSorted((a, b) => costOf(b) - costOf(a))[0]
  return costliest === undefined || picks.length <= fewest ? null : picks.filter(pick => pick !== costliest)
}

function replaceCostliest(picks: readonly Pick[], searched: readonly Searched[]): Pick[] | null {
  const cheapest = picksFor(searched, true)
  const replaceable = picks
    .map((pick, at) => ({ at, pick, better: cheapest.find(c => c.wish === pick.wish) }))
    .filter(({ pick, better }) => better !== undefined && costOf(better) < costOf(pick))
    .toSorted((a, b) => costOf(b.pick) - costOf(a.pick))[0]
  return replaceable?.better === undefined ? null : picks.with(replaceable.at, replaceable.better)
}
