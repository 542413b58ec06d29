import type { Context } from 'grammy'
import { newRequestId } from '../telemetry/request-id.ts'
import type { UserState } from '../users/user-state.ts'
import type { UpdateRef } from '../users/users.ts'
import { type Command, readCommand } from './command.ts'
import { type FailureSource, type UpdateOutcome, type UpdateType, updateTypes } from './metrics.ts'
import { actingUser } from './updates/acting-user.ts'
import { type BeforeInbox, nothingBefore } from './updates/inbox-in-flight.ts'
import { textOf } from './updates/message-content.ts'

/** What every handler knows of the update besides what grammY says. */
export interface BotContext extends Context {
  ref: UpdateRef
  updateType: UpdateType
  /** Id of the user who acts; 0 when the update names none, or cannot be read. */
  userId: number
  /** The update belongs to the private chat of a user with the bot; what happens elsewhere is never stored. */
  isPrivate: boolean
  /** Text of the message: text, caption or tasks; empty when it holds none. */
  messageText: string
  command: Command | null
  /** What is answered is a message: its failure is a `bot_error`. Failures of commands and buttons are counted apart. */
  isMessage: boolean
  /** The message is among the ones counted. */
  isCounted: boolean
  /** State of the user, loaded for commands and buttons; null when not registered. Rejects while PostgreSQL is down. */
  user: Promise<UserState | null>
  /** It ended the answer to an earlier request, which says so. */
  stopsAnswer: boolean
  /** What came of it so far. */
  outcome: UpdateOutcome
  /** When it was received, by `performance.now()`. */
  receivedAt: number
  /** What it waited for before and while it was answered, in milliseconds. */
  waits: { queue: number; inbox: number; together: number }
  /** Message in which an earlier process has shown that the update is worked on, until it is taken over; null when there is none. */
  shownMessage: number | null
  /** What the user has sent since. */
  following: Following
  /** What the recorded failure came from; null while none was. */
  failedBy: FailureSource | null
}

/** The updates of one user that wait behind the one being handled. */
export interface Following {
  /** The first that waits, without taking it; null when none does. */
  next(): BotContext | null
  /** Answers that update together with the one being handled: it loses its turn once this one was handled. */
  take(update: BotContext): void
  /** Those taken so far, in order. */
  taken(): readonly BotContext[]
  /** Resolves when a further update begins to wait, or the signal is aborted. */
  joined(signal: AbortSignal): Promise<void>
}

const oldestMs = 7 * 24 * 3_600_000

/** Fills in our part of the context. An update may come in any shape: nothing is taken for granted here. */
export function prepareContext(ctx: BotContext, now: () => Date, before: BeforeInbox = nothingBefore): void {
  const message = messageOf(ctx)
  const query = ctx.callbackQuery
  ctx.userId = actingUser(ctx.update)
  ctx.stopsAnswer = false
  ctx.isPrivate = ctx.userId !== 0 && isPrivateChat(ctx)
  setMessageText(ctx, textOf(message))
  ctx.user = Promise.resolve(null)
  ctx.outcome = 'ignored'
  ctx.receivedAt = performance.now() - before.waitedMs
  ctx.waits = { queue: 0, inbox: before.waitedMs, together: 0 }
  ctx.shownMessage = before.shownMessage
  ctx.failedBy = null
  ctx.isCounted = false
  ctx.ref = {
    key: `${ctx.update.update_id}:${textOrNumber(query?.id ?? message?.date)}`,
    at: happenedAt(message?.date, now()),
    requestId: newRequestId(),
  }
}

/** An object without a usable `toString` cannot be written into a text. */
const textOrNumber = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? value : '')

/** Sets the text of the message, and what follows from it. A list of tasks is no command, whatever its title is. */
export function setMessageText(ctx: BotContext, text: string): void {
  const message = messageOf(ctx)
  ctx.messageText = text
  ctx.command = message === undefined || 'checklist' in message ? null : readCommand(text, ctx.me.username)
  ctx.isMessage = message !== undefined && ctx.command === null
  const isCommand = message !== undefined && ctx.command !== null
  ctx.updateType = isCommand ? 'command' : (updateTypes.find(type => type in ctx.update) ?? 'other')
}

/** A message to a business account carries the private chat of a user who never wrote to the bot. */
export const isToAnother = (message: object): boolean =>
  'business_connection_id' in message || 'guest_query_id' in message

function isPrivateChat(ctx: BotContext): boolean {
  const message = messageOf(ctx)
  if (message !== undefined && isToAnother(message)) return false
  return ctx.chat?.type === 'private' || (ctx.callbackQuery !== undefined && ctx.chat === undefined)
}

const messageOf = ({ message }: BotContext): BotContext['message'] =>
  (typeof message === 'object' && message) || undefined

/**
 * A message's own time by Telegram's clock, which is trusted more than ours; not further back than Telegram keeps messages.
 * One in the future is brought down by PostgreSQL's clock. A pressed button has no time, so it is now.
 */
function happenedAt(seconds: unknown, now: Date): Date {
  const at = typeof seconds === 'number' ? new Date(seconds * 1000) : now
  if (Number.isNaN(at.getTime())) return now
  return at.getTime() < now.getTime() - oldestMs ? new Date(now.getTime() - oldestMs) : at
}
