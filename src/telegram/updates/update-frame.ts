import type { MiddlewareFn } from 'grammy'
import type { Update } from 'grammy/types'
import { AppError } from '../../errors.ts'
import { withRequestContext } from '../../telemetry/request-context.ts'
import type { Users } from '../../users/users.ts'
import { isUnreachable } from '../api/telegram-refusal.ts'
import { type BotContext, prepareContext } from '../context.ts'
import { apologise, type FailureDeps, reportFailure } from '../failure.ts'
import type { UpdateMetrics } from '../metrics.ts'
import { answerCallback } from '../reply.ts'
import { type Departure, LeftToOthers } from './departure.ts'
import type { BeforeInbox } from './inbox-in-flight.ts'

export interface UpdateFrameDeps extends FailureDeps {
  metrics: UpdateMetrics
  supportContact: string | undefined
  users: Pick<Users, 'done' | 'message'>
  now: () => Date
  /** What was before this process began with the update. */
  beforeInbox: (update: Update) => BeforeInbox
  /** The update is left to another process. */
  onLeft: (update: Update) => void
  departure: Pick<Departure, 'abandoned'>
}

/**
 * Outermost middleware: request context, one log line and one count per update, and the last resort for errors. A
 * failing handler is a bug or an outage: it is recorded and apologised for, and the update counts as handled.
 */
export function createUpdateFrame(deps: UpdateFrameDeps): MiddlewareFn<BotContext> {
  const { metrics, log, now, departure, users } = deps
  const handleFailure = async (ctx: BotContext, err: unknown) => {
    if (departure.abandoned.aborted || err instanceof LeftToOthers) {
      ctx.outcome = 'left'
      return
    }
    // of a group nothing is stored, and what it did to an answer is its own affair
    if (isUnreachable(err) || !ctx.isPrivate) {
      ctx.outcome = 'unreachable'
      if (!(err instanceof AppError)) log.error('update_failed', { update_type: ctx.updateType, err })
      return
    }
    // a message that failed is a message: without it there could be more errors than messages
    if (ctx.isMessage && !ctx.isCounted) await users.message(ctx.ref, ctx.userId).catch(() => null)
    await reportFailure(deps, ctx, err, { hadHistory: false, maybeRepeat: true })
    try {
      if (ctx.callbackQuery !== undefined) await answerCallback(ctx)
      await apologise(ctx, err, deps)
      await users.done(ctx.ref, ctx.userId)
    } catch {
      // the refused call is logged where calls are made; no reply can reach the user
    }
  }
  /** Deletes what an earlier process has shown and nothing took over: an answer that came to its end, a refusal. */
  const removeShown = async ({ api, userId, shownMessage }: BotContext) => {
    // a courtesy; failures are counted and logged where calls are made
    if (shownMessage !== null) await api.deleteMessage(userId, shownMessage).catch(() => undefined)
  }
  return async (ctx, next) => {
    prepareContext(ctx, now, deps.beforeInbox(ctx.update))
    const { ref, userId, isPrivate, receivedAt } = ctx
    if (isPrivate) metrics.seen(userId)
    const context = { requestId: ref.requestId, startedAt: receivedAt, ...(isPrivate ? { userId } : {}) }
    await withRequestContext(context, async () => {
      try {
        await next()
      } catch (err) {
        await handleFailure(ctx, err)
      }
      if (ctx.outcome === 'left') deps.onLeft(ctx.update)
      else await removeShown(ctx)
      const durationMs = performance.now() - receivedAt
      metrics.handled(ctx.updateType, ctx.outcome, durationMs / 1000)
      if (ctx.isMessage && ctx.failedBy !== null) metrics.messageFailed(ctx.failedBy, userId)
      log.info('update_handled', {
        update_type: ctx.updateType,
        command: ctx.command?.label ?? 'none',
        outcome: ctx.outcome,
        duration_ms: Math.round(durationMs),
        queue_ms: Math.round(ctx.waits.queue),
        inbox_ms: Math.round(ctx.waits.inbox),
        together_ms: Math.round(ctx.waits.together),
      })
    })
  }
}
