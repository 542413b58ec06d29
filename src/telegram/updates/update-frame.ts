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

export interface UpdateFrameDeps extends FailureDeps {
  metrics: UpdateMetrics
  supportContact: string | undefined
  users: Pick<Users, 'done' | 'message'>
  now: () => Date
  /** How long the update waited in the inbox, in milliseconds. */
  inboxWaitOf: (update: Update) => number
  /** Aborted when the process no longer waits for updates in flight. */
  abandoned: AbortSignal
}

/**
 * Outermost middleware: request context, one log line and one count per update, and the last resort for errors. A
 * failing handler is a bug or an outage: it is recorded and apologised for, and the update counts as handled.
 */
export function createUpdateFrame(deps: UpdateFrameDeps): MiddlewareFn<BotContext> {
  const { metrics, log, now, abandoned, users } = deps
  const handleFailure = async (ctx: BotContext, err: unknown) => {
    if (abandoned.aborted) {
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
  return async (ctx, next) => {
    prepareContext(ctx, now, deps.inboxWaitOf(ctx.update))
    const { ref, userId, isPrivate, receivedAt } = ctx
    if (isPrivate) metrics.seen(userId)
    const context = { requestId: ref.requestId, startedAt: receivedAt, ...(isPrivate ? { userId } : {}) }
    await withRequestContext(context, async () => {
      try {
        await next()
      } catch (err) {
        await handleFailure(ctx, err)
      }
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
