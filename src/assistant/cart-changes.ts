import type { Cart, CartLine } from '../shop/cart.ts'

/** What the new version of a cart changed, by product. Lines of the version that has them. */
export interface CartChanges {
  removed: CartLine[]
  added: CartLine[]
  /** Another quantity of the same product: `line` is the new one, `from` the quantity before. */
  requantified: { line: CartLine; from: number }[]
}

/** Compares two versions of a cart. Another price alone is no change. */
export function compareCarts(before: Pick<Cart, 'lines'>, after: Pick<Cart, 'lines'>): CartChanges {
  const earlier = byProduct(before)
  const later = byProduct(after)
  return {
    removed: before.lines.filter(({ product }) => !later.has(product.xmlId)),
    added: after.lines.filter(({ product }) => !earlier.has(product.xmlId)),
    requantified: after.lines.flatMap(line => {
      const from = earlier.get(line.product.xmlId)?.q
      return from === undefined || from === line.q ? [] : [{ line, from }]
    }),
  }
}

/** Whether both versions are the same cart. */
export const isUnchanged = ({ removed, added, requantified }: CartChanges): boolean =>
  removed.length + added.length + requantified.length === 0

const byProduct = ({ lines }: Pick<Cart, 'lines'>) => new Map(lines.map(line => [line.product.xmlId, line]))
