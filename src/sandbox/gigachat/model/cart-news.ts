import type { Intent } from './intent.ts'
import type { Counted } from './tool-results.ts'

/** What accompanies a finished cart: an introduction and what the user should know. */
export interface CartNews {
  intent: Intent
  dish: string | null
  servings: number
  missing: readonly string[]
  forbidden: readonly string[]
  /** What the user must not get, and what took its place. */
  replaced: readonly { wish: string; by: string }[]
  /** Wanted, but more than a cart holds. */
  beyond: readonly string[]
  softened: readonly string[]
  change: 'added' | 'removed' | 'repeated' | null
  /** Should have been removed, but the cart had no such thing. */
  notThere: readonly string[]
  noPrevious: boolean
  nutrition: (Counted & { of: 'cart' | 'serving' }) | null
  nutritionLater: boolean
}
