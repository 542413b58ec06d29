import type { Metadata } from '../events/catalogue.ts'
import type { PlainEventType } from '../events/facts.ts'
import type { LastCart, Preference, Restriction, UpdateRef } from '../users/users.ts'
import type { NewerText, Question } from './assistant.ts'
import type { EarlierRequest } from './earlier-request.ts'
import type { MessageState } from './message-state.ts'
import type { ChatAnswer, ChatRequest } from './model/chat-model.ts'

export type MessageEvent = Exclude<PlainEventType, 'bot_error'>

/** What a tool may use on behalf of one message. Read-only: what a tool achieves, it returns. */
export interface MessageContext {
  readonly question: Question
  /** Later messages of the user that are answered together with the question; their text is part of its text. */
  readonly together: readonly UpdateRef[]
  /** Aborted by the caller or at the deadline. */
  readonly signal: AbortSignal
  /** Milliseconds that tools may still take, so that the model can say how it went before the deadline; less than 0 after that. */
  toolTimeMs(): number
  /** The day prices are judged by, in the bot's time zone: «2026-11-29». */
  readonly today: string
  /** Of the instructions and tools the model is given. */
  readonly promptVersion: string
  /** The time, never before that of the message. */
  now(): Date
  /** As the calls before this one left it. */
  readonly state: MessageState
  /** The stored preferences, cached within the message; empty when they cannot be read. Never rejects. */
  preferences(): Promise<readonly Preference[]>
  /** What was asked since the last cart, before this message. */
  readonly earlier: EarlierRequest
  /** What the user's own words forbid, whether or not it was stored. */
  readonly spoken: readonly Restriction[]
  /** The stored restrictions, cached within the message; null when they cannot be read. Never rejects. */
  restrictions(): Promise<readonly Restriction[] | null>
  /** The cart of the last 24 hours, cached within the message; null when there is none or it cannot be read. Never rejects. */
  lastCart(): Promise<LastCart | null>
  /** Calls the model and adds the cost to that of the message. Throws what the model client throws. */
  ask(request: ChatRequest): Promise<ChatAnswer>
  /**
   * What the user has sent since; null when nothing. `end` also waits for what they send right after. Once there is
   * something, what was planned is out of date: the loop ends, and the question is asked again with that text.
   */
  newer(moment: 'turn' | 'end'): Promise<NewerText | null>
  /** Records an event of this update; `name` is unique within it and the same on a repeated delivery. */
  record<T extends MessageEvent>(name: string, type: T, metadata: Metadata<T>): void
}
