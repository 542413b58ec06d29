import type { LastCart } from '../../users/users.ts'

/** How long after its latest version a cart can be corrected, in milliseconds: `revision_window()` of the database. */
const correctableMs = 30 * 60_000

export interface CartRequest {
  /** What the model says: a change of the last cart, or not; undefined when it says neither. */
  changesPrevious: boolean | undefined
  /** Asked by a button that can only correct the last cart. */
  correctsLast?: boolean | undefined
  /** The products requested, by `xml_id`. */
  requested: ReadonlySet<number>
  /** When the user wrote. */
  askedAt: Date
  now: Date
}

/**
 * The cart that the request corrects, or null when it asks for a new one. The model's word alone is not enough, or each new
 * cart could be passed off as a correction: one of the products has to stay, unless the user wrote before there was
 * a cart to see, and so recalls the wish it was made of. Without a word of the model half of the products have to stay; after
 * a button nothing has to.
 */
export function revisedCart(last: LastCart | null, request: CartRequest): LastCart | null {
  const { changesPrevious, correctsLast, requested, askedAt, now } = request
  if (last === null || now.getTime() - last.madeAt.getTime() > correctableMs) return null
  if (correctsLast) return last
  if (changesPrevious === false) return null
  const kept = last.lines.filter(({ product }) => requested.has(product.xmlId)).length
  if (changesPrevious === undefined) return kept > 0 && kept * 2 >= last.lines.length ? last : null
  return kept > 0 || askedAt <= last.madeAt ? last : null
}
