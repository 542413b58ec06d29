import type { CartCorrection, StoredCart } from '../shop/cart.ts'
import type { UserState } from '../users/user-state.ts'
import type { UpdateRef } from '../users/users.ts'
import type { CartChanges } from './cart-changes.ts'
import type { Unfinished, UnfinishedCart } from './dialogue/unfinished.ts'
import type { QueuePlace } from './model/stream-queue.ts'

/** Answers questions: one message of one user at a time. */
export interface Assistant {
  /**
   * Never throws: a failure is in `error`, beside whatever was achieved before it. When it returns, every event of the
   * message is durable.
   */
  answer(question: Question): Promise<Answer>
  /** The failed request that a button continues; null when it was continued, or has expired. Never rejects. */
  unfinished(userId: number, id: string): Promise<Unfinished | null>
  /** Drops a request that was continued. Never rejects. */
  dropUnfinished(userId: number, id: string): Promise<void>
  /** Makes the cart of an unfinished request, without the model; checks all that can forbid it again. Never throws. */
  makeCart(question: Question, unfinished: UnfinishedCart): Promise<Answer>
  /** Deletes the stored dialogue (`/reset`, erasure). Never rejects. */
  forget(userId: number): Promise<void>
}

export interface Question {
  update: UpdateRef
  user: UserState
  /** At most 4096 characters. */
  text: string
  /** Asked by a button that only corrects the last cart: it stays that cart, whatever is exchanged in it. */
  correctsLast?: boolean
  /** The update was delivered before: events of the first delivery must not be recorded twice. */
  maybeRepeat: boolean
  onProgress: (progress: Progress) => void
  /**
   * When the message came, without the time it waited behind earlier ones of the same user: the model answers the oldest
   * first. By default the time of the update.
   */
  since?: Date
  /**
   * Called with the place of the message when it has to wait for the model, and with null when it waits no more. `isFirst`: the
   * model has not been asked for it yet.
   */
  onQueue?: (place: (() => QueuePlace) | null, isFirst: boolean) => void
  signal: AbortSignal
  /** Aborted when the user asks to stop: the answer then holds what was achieved before. */
  stopSignal?: AbortSignal
  /** Missing where nothing can follow. */
  takeNewer?: TakeNewer
}

/**
 * Takes what the user has sent since into the question; null when there is nothing. `end`: the answer is about to become
 * final, so it also waits for what the user sends right after. Never rejects.
 */
export type TakeNewer = (moment: 'turn' | 'end', signal: AbortSignal) => Promise<NewerText | null>

export interface NewerText {
  /** Of one or more messages, a line each. */
  text: string
  /** The messages: they are answered together with the question. */
  updates: readonly UpdateRef[]
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
  /** The model's text, plain (no HTML, no foreign links); null when it wrote nothing. */
  text: string | null
  cart: CartView | null
  /** The recipes whose steps the user asked for. */
  recipes: readonly RecipeSteps[]
  /** Set when the cart allowance was used up. */
  limit: Limit | null
  /** The allergy or diet warning must be shown. */
  allergyWarning: boolean
  /** What a button can go on with after a failure. */
  unfinished: UnfinishedView | null
  /** The user stopped it; `text` is then null. */
  isStopped: boolean
  /** What failed; the telegram room records the `bot_error` event and apologises. */
  error: unknown
  hadHistory: boolean
  /** Of the instructions and tools that this user's answers are made with. */
  promptVersion: string
}

/** How a dish is cooked. */
export interface RecipeSteps {
  dish: string
  steps: readonly string[]
}

/** A request that failed: it is asked again, or only the link of its cart is. */
export type UnfinishedView =
  | { kind: 'request'; id: string }
  | ({ kind: 'cart'; id: string } & Pick<StoredCart, 'lines' | 'totalMinor'>)

/** State of the cart allowance when it was used up. */
export interface Limit {
  cartsUsed: number
  cartLimit: number
  surveyCompleted: boolean
}

export interface CartView extends StoredCart {
  cartNumber: number | null
  cartLimit: number | null
  /** 0 for a new cart, 1, 2, … for its corrections; null while it is not known. */
  revision: number | null
  /** Against the version before; null for a new cart. Without any change it is the version before itself. */
  changes: CartChanges | null
  corrections: CartCorrection[]
  /** What its dishes take and every kitchen has, so that it is not in the cart. */
  larder: readonly string[]
  /** Asked for, not found. */
  notFound: string[]
  /** The budget named by the user in roubles, and whether the total keeps to it (null: total unknown). */
  budget: { rub: number; kept: boolean | null } | null
  /** Lines that nothing says are allowed by a restriction of the user. */
  unchecked: { name: string; restriction: string }[]
  /** Restrictions that no line could be checked against: «кето». */
  unjudged: string[]
  /** The stored restrictions could not be read: no line was checked against them. */
  restrictionsUnread: boolean
  /** Set when this first cart paid an inviter, who is then notified. */
  inviterPaid: { userId: number; bonus: number; cartsLeft: number } | null
}
