import type { Pmf, Scenario, UsefulFeature } from '../events/catalogue.ts'
import type { CartOutcome, EraseOutcome, MessageOutcome, StartOutcome, SurveyOutcome } from '../events/facts.ts'
import type { StoredCart } from '../shop/cart.ts'
import type { SurveyProgress, UserState } from './user-state.ts'

/** The update being handled, as facts need it. */
export interface UpdateRef {
  /** Update id and message date: the same for every delivery of the update. */
  key: string
  at: Date
  requestId: string
}

/**
 * Who is asking. What changes state and makes an event is written down even while PostgreSQL is away (it waits on disk);
 * the answer is then null, or the last state this process knew. Everything else throws when PostgreSQL is away.
 */
export interface Users {
  /** `/start` with its raw payload (may be anything). Null: written down, outcome unknown. */
  start(update: UpdateRef, userId: number, payload: string): Promise<StartOutcome<UserState> | null>
  /** A message that is not a command: one query loads the person and the session. Null: nothing is known of the person now. */
  message(update: UpdateRef, userId: number): Promise<MessageOutcome<UserState, StoredCart> | null>
  /** Whether one more cart is allowed now; fails open (true) when PostgreSQL is away. */
  allowance(userId: number): Promise<Allowance>
  /** Roubles that model calls for this user have cost today, as stored. Throws when PostgreSQL does not say so soon. */
  spentOnDay(userId: number): Promise<number>
  cartCreated(update: UpdateRef, userId: number, cart: NewCart): Promise<CartOutcome | null>
  consent(update: UpdateRef, userId: number, version: string | null): Promise<UserState | null>
  /** Whether the update was answered before, by whichever process; false when PostgreSQL does not say so soon. Never rejects. */
  wasDone(update: UpdateRef, userId: number): Promise<boolean>
  /** The reply was sent: a second delivery of this update needs no answer. */
  done(update: UpdateRef, userId: number): Promise<void>

  /** The person's state, or null when not registered. Changes nothing. */
  find(userId: number): Promise<UserState | null>
  /** The personal code for deep links (made on first use), how many came by it. */
  invitation(userId: number): Promise<{ code: string; invited: number; paid: number }>
  /** Saves the survey step reached; null abandons it. */
  saveSurvey(userId: number, progress: SurveyProgress | null): Promise<void>
  completeSurvey(
    update: UpdateRef,
    userId: number,
    answers: { pmf: Pmf; usefulFeature: UsefulFeature; feedback: string | null },
  ): Promise<SurveyOutcome | null>
  /** The cart an earlier delivery of this update has made. */
  cartOf(update: UpdateRef, userId: number): Promise<StoredCart | null>
  /** The last cart made within 24 h. */
  lastCart(userId: number): Promise<StoredCart | null>

  preferences(userId: number): Promise<Preference[]>
  /** At most 50 a person; `full` when there is no room. Category ≤ 100, preference ≤ 500 characters, lower-cased by the callee. */
  setPreference(userId: number, preference: Preference): Promise<'saved' | 'full'>
  deletePreference(userId: number, category: string): Promise<boolean>

  /**
   * Removes the person from every table; what the allowance has used up stays under a keyed hash only. Null: spooled to
   * disk, carried out as soon as PostgreSQL is back. Rejects with an AppError when not even that can be promised.
   */
  erase(update: UpdateRef, userId: number): Promise<EraseOutcome | null>

  /** Refuses the person from now on; false when not registered. The reason is shown to them. */
  block(userId: number, reason: string | null): Promise<boolean>
  unblock(userId: number): Promise<boolean>
  /** Adds carts to the limit; the new limit, or null when not registered. */
  grantCarts(userId: number, count: number): Promise<number | null>
  /** Gives as many free carts as a new person has, unless more are left; how many are left, or null when not registered. */
  resetCarts(userId: number, free: number): Promise<number | null>
}

export interface Preference {
  category: string
  preference: string
}

export interface Allowance {
  allowed: boolean
  cartsCreated: number
  cartLimit: number
  surveyCompleted: boolean
  daysSinceRegistration: number
}

export interface NewCart {
  /** Counts carts within one update, from 1. */
  ordinal: number
  totalSum: number | null
  scenario: Scenario
  affiliateTag: string | null
  cart: StoredCart
}
