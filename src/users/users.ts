import type { Pmf, Scenario, UsefulFeature } from '../events/catalogue.ts'
import type { CartOutcome, EraseOutcome, MessageOutcome, StartOutcome, SurveyOutcome } from '../events/facts.ts'
import type { StoredCart } from '../shop/cart.ts'
import type { CartRating, RatedCart } from './cart-rating.ts'
import type { SurveyProgress, UserState } from './user-state.ts'

/** Identity of the update being handled, for the ids of its facts. */
export interface UpdateRef {
  /** Update id and message date: the same for every delivery of the update. */
  key: string
  at: Date
  requestId: string
}

/** Roubles of one user, and of all together, erased ones included. */
export interface SpentOnDay {
  userRub: number
  dayRub: number
}

/** A cart that an earlier delivery of an update has made; `rated` names it where its number is known. */
export interface UnshownCart extends StoredCart {
  rated?: RatedCart
}

/**
 * What an answer needs to know of its user. The first read brings all of it from PostgreSQL, the others take it from there;
 * each throws what the reading throws, and the next one reads again.
 */
export interface UserReadings {
  /** What model calls have cost today, as stored. Throws when PostgreSQL does not answer in time. */
  spentOnDay(): Promise<SpentOnDay>
  preferences(): Promise<readonly Preference[]>
  restrictions(): Promise<readonly Restriction[]>
  /** The last cart made within 24 h, in its latest version, or null. */
  lastCart(): Promise<LastCart | null>
  /** What was read is out of date. */
  forget(): void
}

/**
 * The users of the bot. What changes state and makes an event is stored even while PostgreSQL is down (spooled to disk);
 * the answer is then null, or the last state this process knew. Everything else throws while PostgreSQL is down.
 */
export interface Users {
  /** `/start` with its raw payload (may be anything). Null: spooled, outcome unknown. */
  start(update: UpdateRef, userId: number, payload: string): Promise<StartOutcome<UserState> | null>
  /** A message that is not a command: one query loads the user and the session. Null: nothing is known of the user now. */
  message(update: UpdateRef, userId: number): Promise<MessageOutcome<UserState, UnshownCart> | null>
  /** The cart allowance of a user whose message is being answered; fails open (allowed) while PostgreSQL is down. */
  allowance(userId: number): Promise<Allowance>
  /** Of no user with null: only what the day has cost is read then. */
  readings(userId: number | null): UserReadings
  cartCreated(update: UpdateRef, userId: number, cart: NewCart): Promise<CartOutcome | null>
  consent(update: UpdateRef, userId: number, version: string | null): Promise<UserState | null>
  /** True if any process has answered the update before; false also when PostgreSQL does not answer in time. Never rejects. */
  wasDone(update: UpdateRef, userId: number): Promise<boolean>
  /** Marks the update as answered: a second delivery needs no answer. */
  done(update: UpdateRef, userId: number): Promise<void>

  /** The user's state, or null when not registered. Changes nothing. */
  find(userId: number): Promise<UserState | null>
  /** Returns the personal code for deep links (created on first use) with the number of users it brought. */
  invitation(userId: number): Promise<{ code: string; invited: number; paid: number }>
  /** Saves the survey step reached; null abandons it. */
  saveSurvey(userId: number, progress: SurveyProgress | null): Promise<void>
  completeSurvey(
    update: UpdateRef,
    userId: number,
    answers: { pmf: Pmf; usefulFeature: UsefulFeature; feedback: string | null },
  ): Promise<SurveyOutcome | null>
  /** Returns the cart that an earlier delivery of this update made, or null. */
  cartOf(update: UpdateRef, userId: number): Promise<UnshownCart | null>
  /** Returns the last cart made within 24 h, in its latest version, or null. */
  lastCart(userId: number): Promise<LastCart | null>

  /** Stores what the user thinks of a cart, the latest rating of it; `same` when it was stored before. */
  rateCart(userId: number, rating: CartRating): Promise<'rated' | 'same' | 'unknown_cart'>

  preferences(userId: number): Promise<Preference[]>
  /** At most 50 a user; `full` when there is no room. Category ≤ 100, preference ≤ 500 characters, lower-cased by the callee. */
  setPreference(userId: number, preference: Preference): Promise<'saved' | 'full'>
  deletePreference(userId: number, category: string): Promise<boolean>

  restrictions(userId: number): Promise<Restriction[]>
  /** At most 50 a user; `full` when there is no room. Value ≤ 100 characters, lower-cased by the callee. */
  addRestriction(userId: number, restriction: Restriction): Promise<'saved' | 'full'>
  /** False when it was not stored. */
  removeRestriction(userId: number, restriction: Restriction): Promise<boolean>

  /**
   * Removes the user from every table; what the allowance has used up stays under a keyed hash only. Null: spooled to
   * disk, carried out as soon as PostgreSQL is back. Rejects with an AppError when not even that can be promised.
   */
  erase(update: UpdateRef, userId: number): Promise<EraseOutcome | null>

  /** Records that the user blocked the bot in Telegram at a time, or let it in again. A user who is not registered stays so. */
  botBlocked(userId: number, change: { key: string; at: Date; blocked: boolean }): Promise<void>
  /** Whether the user has blocked the bot; false also when PostgreSQL does not answer in time. Never rejects. */
  hasBlockedBot(userId: number): Promise<boolean>

  /** Refuses the user from now on; false when not registered. The reason is shown to them. */
  block(userId: number, reason: string | null): Promise<boolean>
  unblock(userId: number): Promise<boolean>
  /** Adds carts to the limit; the new limit, or null when not registered. */
  grantCarts(userId: number, count: number): Promise<number | null>
  /** Gives as many free carts as a new user has, unless more are left; how many are left, or null when not registered. */
  resetCarts(userId: number, free: number): Promise<number | null>
}

export interface Preference {
  category: string
  preference: string
}

export const restrictionKinds = ['diet', 'allergy', 'dislike'] as const
type RestrictionKind = (typeof restrictionKinds)[number]

/** What a user must not (diet, allergy or intolerance) or does not want to (dislike) get. */
export interface Restriction {
  kind: RestrictionKind
  /** In the user's words: «веган», «орехи», «кинза». */
  value: string
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
  /** It corrects the last cart: a version of that one, without a use of the allowance, unless 30 minutes have passed. */
  revises: boolean
  /** Of the prompt that made it. */
  promptVersion?: string | undefined
  /** Later messages of the user that the cart answers too. */
  together: readonly UpdateRef[]
  cart: StoredCart
}

export interface LastCart extends StoredCart {
  cartNumber: number
  /** 0 when it was not corrected. */
  revision: number
  madeAt: Date
}
