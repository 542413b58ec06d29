import { type AppError, RateLimitError, UpstreamError } from '../../errors.ts'
import { type RefusedAnswer, retryAfterMs, type Verdict, verdictOf } from './refusals.ts'

/** Telegram understood the call and rejected it. Its description is left out: it may quote what a user wrote. */
export class TelegramRefusal extends UpstreamError {
  readonly verdict: Verdict
  constructor(status: number, verdict: Verdict) {
    super('telegram', status, explanations[verdict], verdict === 'try_later')
    this.verdict = verdict
  }
}

const explanations: Record<Verdict, string> = {
  unreachable: 'the chat cannot be written to',
  try_later: 'not able to serve the call now',
  cosmetic: 'nothing is left to change or to confirm',
  unauthorized: 'BOT_TOKEN is not accepted',
  conflict: 'another process receives the updates of this bot; stop it',
  ours: 'call refused',
}

/**
 * The error for an answer `{"ok":false}` of the Bot API: RateLimitError when it asks for a pause, else TelegramRefusal.
 * A group decides for itself what may be written there: whatever it refuses is no failure of the bot.
 */
export function refusalOf(answer: RefusedAnswer, call: object): AppError {
  const stated = verdictOf(answer)
  const verdict = stated === 'ours' && isForGroup(call) ? 'unreachable' : stated
  const isRateLimit = verdict === 'try_later' && answer.error_code < 500
  return isRateLimit
    ? new RateLimitError('telegram', 'too many requests', retryAfterMs(answer))
    : new TelegramRefusal(answer.error_code, verdict)
}

/** Groups have negative ids. */
const isForGroup = (call: object): boolean => 'chat_id' in call && Number(call.chat_id) < 0

/** The user blocked the bot, or the chat is closed to it: no message reaches them any more. */
export const isUnreachable = (err: unknown): boolean => err instanceof TelegramRefusal && err.verdict === 'unreachable'

/** Not a failure of the bot: the chat is closed to the bot, or there is nothing left to change. */
export const isHarmless = (err: unknown): boolean =>
  isUnreachable(err) || (err instanceof TelegramRefusal && err.verdict === 'cosmetic')
