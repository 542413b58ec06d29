import type { CartItem, Product } from './shop.ts'

/** One line of a finished cart. `sumMinor` is null when the price is unknown. */
export interface CartLine {
  product: Product
  q: number
  /** The unit price counted with: `current`, or `old` when the discount's condition is not known to hold. */
  priceMinor: number | null
  sumMinor: number | null
}

/** A quantity that was changed, so that the model does not change it back. */
export interface CartCorrection {
  xmlId: number
  asked: number
  q: number
  reason: string
}

export interface Cart {
  lines: CartLine[]
  /** Σ of the rounded line sums in kopecks; null as soon as one price is unknown. */
  totalMinor: number | null
  corrections: CartCorrection[]
  items: CartItem[]
}
