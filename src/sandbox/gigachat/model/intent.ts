import type { Amount } from './amounts.ts'

/** One thing to put into the cart: what to search for and how much of it, if that was said. */
export interface Wish {
  query: string
  amount: Amount | null
  /** May stay out of the cart without a word. */
  optional?: boolean
}

export interface Preference {
  category: string
  preference: string
}

export type Task =
  /** Things to buy; `remove` names what the previous cart should lose. */
  | { kind: 'products'; wishes: Wish[]; remove: string[]; base: 'new' | 'previous' }
  /** A dish whose ingredients may be wanted; `form` is unknown until the person says. */
  | { kind: 'dish'; dish: string; form: 'cook' | 'ready' | 'unknown'; days?: number }
  /** Nutrition of named foods; none named means the previous cart. */
  | { kind: 'nutrition'; wishes: Wish[] }
  | { kind: 'preferences'; action: 'show' }
  | { kind: 'preferences'; action: 'forget'; category: string }
  /** The message only told something to remember. */
  | { kind: 'remember' }
  | { kind: 'unclear'; why: 'greeting' | 'thanks' | 'able' | 'vague' }
  | { kind: 'refuse'; why: 'role' | 'instructions' | 'advice' }

/** What a message adds to a task; null or false means it says nothing about that. */
export interface Terms {
  servings: number | null
  budgetRub: number | null
  cheap: boolean
  nutrition: boolean
  form: 'cook' | 'ready' | null
  remember: Preference[]
}

/** What the person wants now, all their messages taken together. */
export interface Intent extends Terms {
  task: Task
  /** The last message as written, the seed of varied wording. */
  text: string
}
