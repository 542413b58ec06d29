import type { Amount } from './amounts.ts'
import type { Found } from './tool-results.ts'

/** One thing to put into the cart: what to search for and how much of it, if the message states it. */
export interface Wish {
  query: string
  amount: Amount | null
  /** May stay out of the cart without a word: not found, or too expensive for the budget. */
  optional?: boolean
  /** What a tool found for it already, best first; then no search is needed. */
  known?: Found[]
}

export interface StatedPreference {
  category: string
  preference: string
}

export type Task =
  /** Things to buy; `remove` names what the previous cart should lose. */
  | { kind: 'products'; wishes: Wish[]; remove: string[]; base: 'new' | 'previous' }
  /** A meal whose positions follow from the number of servings; `extra` was named beside it. */
  | { kind: 'meal'; meal: string; days: number; extra: Wish[] }
  /** A dish, ready-made or as its ingredients: `form` is unknown until the user states it. */
  /** `also`: further dishes of the same cart. */
  | { kind: 'dish'; dish: string; also?: string[]; form: 'cook' | 'ready' | 'unknown' }
  /** Nutrition of named foods; none named means the previous cart. */
  | { kind: 'nutrition'; wishes: Wish[] }
  /** A question about one product, without buying it. */
  | { kind: 'about'; query: string; what: 'price' | 'card' }
  | { kind: 'preferences'; action: 'show' }
  | { kind: 'preferences'; action: 'forget'; category: string }
  /** The message only stated a preference to store. */
  | { kind: 'remember' }
  /** What the last cart holds, or how many carts are left. */
  | { kind: 'state'; what: 'cart' | 'allowance' }
  | { kind: 'unclear'; why: 'greeting' | 'thanks' | 'able' | 'vague' | 'yes' | 'no' | 'rude' }
  | { kind: 'refuse'; why: 'role' | 'instructions' | 'advice' | 'order' }

/** What a message adds to a task; null or false means it says nothing about that. */
export interface Terms {
  servings: number | null
  budgetRub: number | null
  cheap: boolean
  /** Kilocalories that the food should have together. */
  kcal: number | null
  nutrition: boolean
  form: 'cook' | 'ready' | null
  remember: StatedPreference[]
}

/** The user's current request, all their messages taken together. */
export interface Intent extends Terms {
  task: Task
  /** It corrects the wish before it, or takes it back. */
  changes: boolean
  /** The last message as written, the seed of varied wording. */
  text: string
}
