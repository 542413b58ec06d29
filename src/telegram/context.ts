import type { Context } from 'grammy'
import type { UserState } from '../events/facts.ts'
import { newRequestId } from '../telemetry/request-id.ts'
import type { UpdateRef } from '../users/users.ts'
import { type Command, readCommand } from './command.ts'
import { type UpdateOutcome, type UpdateType, updateTypes } from './metrics.ts'

/** What every handler knows of the update besides what grammY says. */
export interface BotContext extends Context {
  ref: UpdateRef
  updateType: UpdateType
  /** Who acts; 0 when the update names nobody, or cannot be read. */
  userId: number
  /** What the person wrote: text or caption; empty when they sent something else. */
  said: string
  command: Command | null
  /** The person as the database knows them, loaded for commands and buttons; null when not registered. */
  person: Promise<UserState | null>
  /** What came of it so far. */
  outcome: UpdateOutcome
  /** The failure was written down and apologised for. */
  failureReported: boolean
}

const futureToleranceMs = 5 * 60_000
const oldestMs = 7 * 24 * 3_600_000

/** Fills in our part of the context. An update may come in any shape: nothing is taken for granted here. */
export function prepareContext(ctx: BotContext, now: () => Date): void {
  const message = ctx.message
  const query = ctx.callbackQuery
  const text = message?.text ?? message?.caption
  ctx.updateType = updateTypes.find(type => type in ctx.update) ?? 'other'
  ctx.userId = isUnreadable(query) ? 0 : userIdOf(message?.from?.id ?? query?.from?.id)
  ctx.said = typeof text === 'string' ? text : ''
  ctx.command = message === undefined ? null : readCommand(ctx.said, ctx.me.username)
  ctx.person = Promise.resolve(null)
  ctx.outcome = 'ignored'
  ctx.failureReported = false
  ctx.ref = {
    key: `${ctx.update.update_id}:${String(query?.id ?? message?.date ?? '')}`,
    at: happenedAt(message?.date, now()),
    requestId: newRequestId(),
  }
}

const isUnreadable = (query: BotContext['callbackQuery']): boolean =>
  query !== undefined && (typeof query?.id !== 'string' || typeof query.data !== 'string')

const userIdOf = (id: unknown): number => (typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : 0)

/** A message's own time, unless a clock is plainly wrong; a pressed button has none, so it is now. */
function happenedAt(seconds: unknown, now: Date): Date {
  const at = typeof seconds === 'number' ? seconds * 1000 : Number.NaN
  if (Number.isNaN(at) || at > now.getTime() + futureToleranceMs) return now
  return new Date(Math.max(at, now.getTime() - oldestMs))
}
