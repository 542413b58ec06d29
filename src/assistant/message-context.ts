import type { Metadata } from '../events/catalogue.ts'
import type { PlainEventType } from '../events/facts.ts'
import type { Preference, Restriction } from '../users/users.ts'
import type { Question } from './assistant.ts'
import type { MessageState } from './message-state.ts'
import type { ChatAnswer, ChatRequest } from './model/chat-model.ts'

type MessageEvent = Exclude<PlainEventType, 'bot_error'>

/** What a tool may use on behalf of one message. Read-only: what a tool achieves, it returns. */
export interface MessageContext {
  readonly question: Question
  /** Aborted by the caller or at the deadline. */
  readonly signal: AbortSignal
  /** The day prices are judged by, in the bot's time zone: «2026-11-29». */
  readonly today: string
  /** Of the instructions and tools the model is given. */
  readonly promptVersion: string
  /** As the calls before this one left it. */
  readonly state: MessageState
  /** The stored preferences, cached within the message; empty when they cannot be read. Never rejects. */
  preferences(): Promise<readonly Preference[]>
  /** The stored restrictions, cached within the message; null when they cannot be read. Never rejects. */
  restrictions(): Promise<readonly Restriction[] | null>
  /** Calls the model and adds the cost to that of the message. Throws what the model client throws. */
  ask(request: ChatRequest): Promise<ChatAnswer>
  /** Records an event of this update; `name` is unique within it and the same on a repeated delivery. */
  record<T extends MessageEvent>(name: string, type: T, metadata: Metadata<T>): void
}
