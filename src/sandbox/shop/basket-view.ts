import type { BasketLine } from './baskets.ts'
import type { CataloguePrice, CatalogueProduct } from './product.ts'

/** A basket as the shop's own page shows it. Roubles; null where the shop does not know the price. */
export interface BasketView {
  lines: { name: string; q: number; unit: string; price: number | null; sum: number | null; note: string | null }[]
  /** Sum of the lines whose price is known. */
  total: number
}

/** Prices a basket as a till without a loyalty card does: a discount counts when its quantity is reached or its day not over. */
export function viewBasket(basket: readonly BasketLine[], products: ReadonlyMap<number, CatalogueProduct>): BasketView {
  const lines = basket.flatMap(({ xml_id, q }) => {
    const product = products.get(xml_id)
    if (product === undefined) return []
    const { price, note } = priceOf(product.price, q)
    return [{ name: product.name, q, unit: product.unit, price, sum: price === null ? null : round(price * q), note }]
  })
  return { lines, total: round(lines.reduce((sum, line) => sum + (line.sum ?? 0), 0)) }
}

function priceOf(price: CataloguePrice | null, q: number): { price: number | null; note: string | null } {
  if (price === null) return { price: null, note: null }
  const { current, old, condition } = price
  if (condition === null || old === null) return { price: current, note: null }
  switch (condition.kind) {
    case 'quantity':
      return q >= condition.from
        ? { price: current, note: null }
        : { price: old, note: `от ${condition.from} шт — по ${current} ₽` }
    case 'card':
      return { price: old, note: `по карте — ${current} ₽` }
    case 'online':
      return { price: old, note: `при заказе онлайн — ${current} ₽` }
    case 'until':
      return { price: current, note: null }
  }
}

const round = (roubles: number) => Math.round(roubles * 100) / 100
