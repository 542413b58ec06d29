import type { CartCorrection, StoredCart } from '../shop/cart.ts'
import type { UserState } from '../users/user-state.ts'
import type { UpdateRef } from '../users/users.ts'

/** Question to answer: one message of one person. */
export interface Assistant {
  /**
   * Never throws: a failure is in `error`, beside whatever was achieved before it. When it returns, every event of the
   * message is durable.
   */
  answer(question: Question): Promise<Answer>
  /** Forgets the dialogue (`/reset`, erasure). */
  forget(userId: number): Promise<void>
}

export interface Question {
  update: UpdateRef
  user: UserState
  /** At most 4096 characters. */
  text: string
  /** The update was delivered before: events of the first try must not be written twice. */
  maybeRepeat: boolean
  onProgress: (progress: Progress) => void
  signal: AbortSignal
}

/** What the progress message shows. */
export type Progress =
  | { stage: 'thinking' }
  | { stage: 'recipe' }
  | { stage: 'searching'; searches: number }
  | { stage: 'details' }
  | { stage: 'cart' }
  | { stage: 'writing' }

export interface Answer {
  /** The model's words as plain text (no HTML, no foreign links); null when it wrote nothing. */
  text: string | null
  cart: CartView | null
  /** Set when the cart allowance was used up. */
  limit: Limit | null
  /** The allergy or diet warning must be shown. */
  allergyWarning: boolean
  /** What failed; the telegram room writes the `bot_error` event and the apology. */
  error: unknown
  hadHistory: boolean
}

/** State of the cart allowance when it was used up. */
export interface Limit {
  cartsUsed: number
  cartLimit: number
  surveyCompleted: boolean
}

export interface CartView extends StoredCart {
  cartNumber: number | null
  cartLimit: number | null
  corrections: CartCorrection[]
  /** Asked for, not found. */
  notFound: string[]
  /** The budget named by the person in roubles, and whether the total keeps to it (null: total unknown). */
  budget: { rub: number; kept: boolean | null } | null
  /** Set when this first cart paid an inviter, who is then told. */
  inviterPaid: { userId: number; bonus: number; cartLimit: number } | null
}
