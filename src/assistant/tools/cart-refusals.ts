import { type Cart, type CartResult, maxPositions } from '../../shop/cart.ts'
import type { Limit } from '../assistant.ts'
import type { KnownProducts } from '../message-state.ts'
import type { CheckedLines } from '../restrictions/check-lines.ts'
import { nameRestriction } from '../restrictions/restriction.ts'
import type { ToolData } from './tool.ts'

/** How many of the most expensive lines a cart over budget names. */
const costliestShown = 4

/** The refusal of a cart whose user has sent more; no model reads it, for the question is asked again. */
export const changedMind: ToolData = { ok: false, error: 'changed_mind' }

/** The refusal of a cart above the limit, with the ways to earn more that are still open. */
export function describeLimit({ cartsUsed, cartLimit, surveyCompleted }: Limit): ToolData {
  return {
    ok: false,
    error: 'cart_limit_reached',
    carts_used: cartsUsed,
    cart_limit: cartLimit,
    ways_to_get_more: [
      ...(surveyCompleted || cartsUsed === 0 ? [] : ['пройти короткий опрос: /survey']),
      'пригласить друга: /invite',
    ],
    note: 'Корзины закончились, эту собрать нельзя. Коротко скажи об этом и назови, что нашлось; как получить ещё, покажет бот.',
  }
}

/** The refusal of a cart that cannot be built: products that no search has shown, too many lines, none. */
export function describeRefusal(refusal: Extract<CartResult, { ok: false }>, known: KnownProducts): ToolData {
  switch (refusal.reason) {
    case 'unknown':
      return {
        ok: false,
        error: 'unknown_products',
        unknown_xml_ids: refusal.unknownIds,
        note: 'Этих xml_id не было в результатах поиска. Найди товары и возьми xml_id оттуда.',
      }
    case 'too_many':
      return {
        ok: false,
        error: 'over_20_positions',
        positions: maxPositions + refusal.beyondIds.length,
        max_positions: maxPositions,
        beyond: refusal.beyondIds.map(xmlId => ({ xml_id: xmlId, name: known.get(xmlId)?.product.name ?? null })),
        note: `В корзине может быть не больше ${maxPositions} товаров. Собери её без лишних и скажи человеку, сколько и какие не вошли.`,
      }
    case 'empty':
      return { ok: false, error: 'empty_cart', note: 'В корзине нет товаров.' }
  }
}

/** The refusal of a cart that holds what the user must not get, line by line. */
export const describeConflicts = ({ conflicts }: CheckedLines): ToolData => ({
  ok: false,
  error: 'restricted',
  conflicts: conflicts.map(({ product, conflict }) => ({
    xml_id: product.xmlId,
    name: product.name,
    restriction: nameRestriction(conflict.restriction),
    found: conflict.found,
  })),
  note: 'Корзина не создана: эти товары человеку нельзя. Найди им разрешённую замену или убери их и собери снова. В ответе скажи, что заменено или убрано и почему.',
})

/** The refusal of a cart above the budget, with the lines to swap; null when it fits or its total is unknown. */
export function refuseOverBudget({ lines, totalMinor }: Cart, budgetRub: number | null): ToolData | null {
  if (budgetRub === null || totalMinor === null || totalMinor <= Math.round(budgetRub * 100)) return null
  const costliest = [...lines].sort((a, b) => (b.sumMinor ?? 0) - (a.sumMinor ?? 0)).slice(0, costliestShown)
  return {
    ok: false,
    error: 'over_budget',
    budget: budgetRub,
    total: totalMinor / 100,
    over_by: (totalMinor - Math.round(budgetRub * 100)) / 100,
    most_expensive: costliest.map(({ product, q, sumMinor }) => ({
      xml_id: product.xmlId,
      name: product.name,
      q,
      sum: sumMinor === null ? null : sumMinor / 100,
    })),
    note: 'Корзина не создана. Замени самое дорогое более дешёвым (поиск с sort=price_asc), уменьши количество или убери лишнее и собери снова. Если не выходит, скажи человеку, сколько нужно самое меньшее.',
  }
}
