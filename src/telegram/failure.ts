import { AppError, errorMessage, errorType, UpstreamError, upstreamOf } from '../errors.ts'
import { factId } from '../events/fact-id.ts'
import type { Recorder } from '../events/recorder.ts'
import type { Log } from '../telemetry/log.ts'
import type { BotContext } from './context.ts'
import { type Html, html } from './html.ts'
import { failureSource } from './metrics.ts'
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
  if (ctx.failedBy !== null) return
  ctx.failedBy = failureSource(err)
  ctx.outcome = 'failed'
  const error_name = err instanceof AppError ? err.name : 'Unknown'
  const level = err instanceof AppError ? 'warn' : 'error'
  log[level]('update_failed', { update_type: ctx.updateType, err, error_name, upstream: upstreamOf(err) })
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

/** Ends every apology: the code finds the failure in the logs, the contact is who takes it. */
export const supportLine = (requestId: string, contact: string | undefined): Html =>
  html`Код для поддержки: <code>${requestId}</code>${contact === undefined ? '' : `, ${contact}`}`

/** What a user reads when something failed; `isRemembered` when a button goes on with the request. */
export function apologyFor(
  err: unknown,
  requestId: string,
  { supportContact, isRemembered = false }: { supportContact: string | undefined; isRemembered?: boolean },
): Html {
  const advice = isRemembered
    ? 'Запрос я запомнил — нажмите «Повторить» через пару минут.'
    : 'Повторите запрос через пару минут, а если не поможет, начните заново: /reset.'
  return html`${isOf('gigachat', err) ? gigaChatDown : apologies[errorType(err)]} ${advice}\n\n${supportLine(requestId, supportContact)}`
}

export const apologise = (ctx: BotContext, err: unknown, deps: { supportContact: string | undefined }): Promise<void> =>
  reply(ctx, apologyFor(err, ctx.ref.requestId, deps))

const isOf = (upstream: string, err: unknown): boolean => err instanceof UpstreamError && err.upstream === upstream

const gigaChatDown = 'GigaChat сейчас не отвечает.'
const apologies: Record<ReturnType<typeof errorType>, string> = {
  RateLimitError: 'Сейчас слишком много желающих, и я не успеваю.',
  TimeoutError: 'Ответ занял слишком много времени, простите.',
  MCPError: 'Магазин ВкусВилл сейчас не отвечает как надо.',
  Unknown: 'Что-то пошло не так, простите.',
}
