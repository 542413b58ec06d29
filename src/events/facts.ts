import type { EventType, Metadata, Pmf, Scenario, Source, UsefulFeature } from './catalogue.ts'

/**
 * A fact is an idempotent command: the store applies its state change, its event row and its
 * daily totals in one transaction, and applying it again changes nothing. Values that depend on state (cart number, first
 * start or not) are decided there, so a fact that waited on disk is still numbered right.
 */
export type Fact =
  | EventFact
  | StartFact
  | MessageFact
  | CartFact
  | SurveyFact
  | ConsentFact
  | UsageFact
  | DoneFact
  | BotBlockFact
  | EraseFact

interface FactBase {
  /** uuid; of the same update always the same (`factId`), so a repeated delivery is a no-op. */
  id: string
  userId: number
  /** When it happened; the event's `created_at`. */
  at: Date
  requestId: string | null
}

/** A business event without a state change. */
export type EventFact = { [T in PlainEventType]: EventOf<T> }[PlainEventType]
/** The events of the catalogue that come with no state change. */
export const plainEventTypes = [
  'product_search',
  'cart_limit_reached',
  'bot_error',
] as const satisfies readonly EventType[]
export type PlainEventType = (typeof plainEventTypes)[number]
type EventOf<T extends EventType> = FactBase & {
  kind: 'event'
  eventType: T
  metadata: Metadata<T>
  /** The update was delivered before: look for the same id under another time. */
  maybeRepeat?: boolean
}

/** `/start`: registers the user, settles the inviter, becomes `bot_start`. */
export interface StartFact extends FactBase {
  kind: 'start'
  source: Exclude<Source, 'referral'>
  /** The inviter as the deep link names them; unknown or one's own → organic. */
  inviter: { code: string } | { userId: number } | null
  /** The slug of the link, whether or not it is a campaign's; null without one. May be anything a user typed. */
  campaign?: string | null | undefined
}

/** A message that is not a command: registers, counts the message, may become `session_start`. */
export interface MessageFact extends FactBase {
  kind: 'message'
}

/**
 * A cart link was made: numbers the cart, or the version of a cart that is corrected, pays the inviter of a first cart,
 * becomes `cart_created`.
 */
export interface CartFact extends FactBase {
  kind: 'cart'
  /** The message that asked for the cart: when it is delivered again, this cart is its answer. */
  messageFactId: string
  /** Messages taken into the same answer: when they are delivered again, they need none. */
  alsoAnswers?: string[]
  totalSum: number | null
  scenario: Scenario
  affiliateTag: string | null
  /** It corrects the user's last cart. The store decides: after more than 30 minutes it is a new cart. */
  revises: boolean
  /** Of the prompt that made it. */
  promptVersion?: string | undefined
  cart: JsonDocument
}

/** The last survey step: pays the bonus once, becomes `survey_completed`. */
interface SurveyFact extends FactBase {
  kind: 'survey'
  pmf: Pmf
  usefulFeature: UsefulFeature
  /** Masked, at most 500 characters. */
  feedback: string | null
}

/** Consent to processing given or withdrawn. */
interface ConsentFact extends FactBase {
  kind: 'consent'
  /** null withdraws. */
  version: string | null
  method: 'button'
}

/** The part of one model in the calls of a message. */
export interface ModelUsage {
  provider: string
  model: string
  calls: number
  /** Billable ones. */
  tokens: number
  costRub: number
}

/** Model calls of one message: added to the day's totals and the user's. */
export interface UsageFact extends FactBase {
  kind: 'usage'
  calls: number
  tokens: number
  costRub: number
  /** The same by the model that was asked. */
  models?: readonly ModelUsage[] | undefined
  /** Becomes that of the user's session. */
  promptVersion?: string | undefined
}

/** The reply to a message reached Telegram: `messageFactId` need not be answered again. */
interface DoneFact extends FactBase {
  kind: 'done'
  messageFactId: string
}

/** The user blocked the bot in Telegram, or let it in again. */
interface BotBlockFact extends FactBase {
  kind: 'bot_block'
  blocked: boolean
}

/** The user asked for erasure: removed from every table; the allowance is retained under a keyed hash. */
export interface EraseFact extends FactBase {
  kind: 'erase'
}

/**
 * JSON of another room that passes through unread: the cart as the shop gave it, and the state of a user as `user_state()`
 * (`sql/user-state.sql`) returns it. Who asked for it gives it its type again.
 */
export type JsonDocument = object

export interface StartOutcome<User = JsonDocument> {
  /** After the fact was applied. */
  user: User
  isNewUser: boolean
  source: Source
  /** Set when this start linked the user to an inviter. */
  inviterId: number | null
  repeat: boolean
}

export interface MessageOutcome<User = JsonDocument, Cart = JsonDocument> {
  /** After the fact was applied. */
  user: User
  sessionStarted: boolean
  /**
   * `repeat`: handled before, or perhaps so, and perhaps not answered; `done`: answered; `refused`: the user is blocked,
   * nothing counts.
   */
  delivery: 'first' | 'repeat' | 'done' | 'refused'
  /** On a repeat: the cart this very message already produced. */
  cart: Cart | null
}

export interface CartOutcome {
  cartNumber: number
  /** 0 for a new cart, 1, 2, … for its corrections. */
  revision: number
  /** Carts of the user, corrections not counted. */
  cartsCreated: number
  cartLimit: number
  /** Set when this was the first cart of an invited user. A correction pays none. */
  inviterPaid: { userId: number; bonus: number; cartsLeft: number } | null
  repeat: boolean
}

export interface SurveyOutcome {
  /** False when the survey had been completed before, or no cart was made yet: nothing was paid then. */
  completed: boolean
  /** No cart was made yet: the survey may be taken after one. */
  needsCart: boolean
  bonus: number
  cartLimit: number
}

export interface EraseOutcome {
  events: number
  preferences: number
  /** Messages in the user's chat that showed that an update waits, which no process takes now. */
  shown: number[]
}

/** False when a row of the same event was there before. */
export interface EventOutcome {
  stored: boolean
}

export interface OutcomeOf {
  event: EventOutcome
  start: StartOutcome
  message: MessageOutcome
  cart: CartOutcome
  survey: SurveyOutcome
  consent: JsonDocument
  usage: null
  done: null
  bot_block: null
  erase: EraseOutcome
}
