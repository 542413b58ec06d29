import { AppError, errorMessage, errorType } from '../errors.ts'
import { factId } from '../events/fact-id.ts'
import type { Recorder } from '../events/recorder.ts'
import type { Log } from '../telemetry/log.ts'
import type { BotContext } from './context.ts'
import { type Html, html } from './html.ts'
import { reply } from './reply.ts'

export interface FailureDeps {
  recorder: Pick<Recorder, 'record'>
  log: Log
}

export interface FailureDetails {
  hadHistory: boolean
  maybeRepeat?: boolean
}

/**
 * Records a failure, once per update: a log line, and of a message the event `bot_error`. The event is durable when this
 * resolves, so an apology sent afterwards is never without it. Failures of commands and buttons are in
 * `bot_updates_total`, under their own types.
 */
export async function reportFailure(
  { recorder, log }: FailureDeps,
  ctx: BotContext,
  err: unknown,
  { hadHistory, maybeRepeat = false }: FailureDetails,
): Promise<void> {
  if (ctx.failureReported) return
  ctx.failureReported = true
  ctx.outcome = 'failed'
  const error_name = err instanceof AppError ? err.name : 'Unknown'
  const level = err instanceof AppError ? 'warn' : 'error'
  log[level]('update_failed', { update_type: ctx.updateType, err, error_name })
  if (!ctx.isMessage) return
  await recorder.record({
    id: factId(ctx.ref.key, 'error'),
    type: 'bot_error',
    userId: ctx.userId,
    at: ctx.ref.at,
    requestId: ctx.ref.requestId,
    metadata: { error_type: errorType(err), error_message: errorMessage(err), had_history: hadHistory },
    ...(maybeRepeat ? { maybeRepeat } : {}),
  })
}

/** What a user reads when something failed; the request id finds the failure in the logs. */
export const apologyFor = (err: unknown, requestId: string): Html =>
  html`${apologies[errorType(err)]}\n\nЕсли повторится, напишите нам код <code>${requestId}</code>.`

export const apologise = (ctx: BotContext, err: unknown): Promise<void> =>
  reply(ctx, apologyFor(err, ctx.ref.requestId))

const apologies: Record<ReturnType<typeof errorType>, string> = {
  RateLimitError: 'Сейчас слишком много желающих, и я не успеваю. Повторите запрос через минуту, пожалуйста.',
  TimeoutError: 'Ответ занял слишком много времени, простите. Повторите запрос, пожалуйста.',
  MCPError: 'Магазин ВкусВилл сейчас не отвечает как надо. Попробуйте ещё раз через несколько минут.',
  Unknown: 'Что-то пошло не так, простите. Повторите запрос, а если не поможет, начните заново: /reset.',
}
