import type { ModelReply } from '../chat-contract.ts'
import { nutritionItem, nutritionTool, previousLines } from './cart.ts'
import { gramsOfPiece } from './choose.ts'
import type { Task, Wish } from './intent.ts'
import * as say from './phrases.ts'
import { call, pendingSearch, runsOf, type Searched, type Situation, searchedWishes } from './shopping.ts'
import { failureOf, nutritionIn, propertiesIn } from './tool-results.ts'

type TaskOf<K extends Task['kind']> = Extract<Task, { kind: K }>

const detailsTool = 'vkusvill_product_details'

/** Nutrition of named foods, which are searched first so that the shop's own cards count, or of the previous cart. */
export function answerNutrition(situation: Situation, { wishes }: TaskOf<'nutrition'>): ModelReply {
  const { tools } = situation
  const ran = runsOf(situation, nutritionTool)[0]
  if (ran !== undefined) {
    const counted = nutritionIn(ran.result)
    return {
      text:
        counted === null ? say.sayNutritionUnknown : say.sayNutrients(counted, wishes.length === 0 ? 'cart' : 'named'),
    }
  }
  if (!tools.has(nutritionTool)) return { text: say.sayNutritionUnknown }
  return wishes.length > 0 ? nutritionOf(situation, wishes) : nutritionOfCart(situation)
}

function nutritionOf(situation: Situation, wishes: readonly Wish[]): ModelReply {
  const { tools } = situation
  const byId = tools.takes(nutritionTool, 'items', 'xml_id')
  const searched = byId ? searchedWishes(situation, wishes, []) : []
  const search = pendingSearch(situation, searched)
  if (search !== null) return search
  const items = wishes.map((wish, i) => ({ ...found(searched[i]), name: wish.query, grams: gramsOfWish(wish) }))
  return call(tools, nutritionTool, { items })
}

const found = (searched: Searched | undefined) =>
  searched?.state === 'found' ? { xml_id: searched.hits[0]?.xmlId } : {}

function gramsOfWish({ amount, query }: Wish): number {
  if (amount === null) return gramsOfPiece(query)
  return Math.round(amount.unit === 'г' || amount.unit === 'мл' ? amount.value : amount.value * gramsOfPiece(query))
}

function nutritionOfCart(situation: Situation): ModelReply {
  const { tools } = situation
  const items = previousLines(situation).map(line => nutritionItem(situation, line))
  return items.length === 0 ? { text: say.askNutrition } : call(tools, nutritionTool, { items })
}

/** A price is in the search result, the composition on the product's card. */
export function answerAbout(situation: Situation, { query, what }: TaskOf<'about'>): ModelReply {
  const searched = searchedWishes(situation, [{ query, amount: null }], [])
  const search = pendingSearch(situation, searched)
  if (search !== null) return search
  const first = searched[0]
  if (first?.state === 'failed') return { text: first.failure === 'busy' ? say.sayBusy : say.saySearchUnavailable }
  const hits = first?.state === 'found' ? first.hits : []
  const best = hits[0]
  if (best === undefined) return { text: say.sayNothingFound([query]) }
  if (what === 'price') {
    const priced = hits.filter(hit => hit.price !== null).slice(0, 3)
    return { text: say.sayPrices(priced.map(hit => `${hit.name} – ${hit.price} ₽ за ${hit.unit}`)) }
  }
  const card = runsOf(situation, detailsTool)[0]
  if (card === undefined && situation.tools.has(detailsTool)) return call(situation.tools, detailsTool, { id: best.id })
  const unavailable = card === undefined || failureOf(card.result) !== null
  return { text: unavailable ? say.saySearchUnavailable : say.sayCard(best.name, propertiesIn(card.result)) }
}
