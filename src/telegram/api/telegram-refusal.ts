import { type AppError, RateLimitError, UpstreamError } from '../../errors.ts'

/** Why Telegram refused a call, as far as the bot acts on it. */
export type RefusalReason =
  | 'unreachable'
  | 'not_modified'
  | 'message_gone'
  | 'query_too_old'
  | 'unauthorized'
  | 'conflict'
  | 'other'

/** Telegram understood the call and said no. Its own words are left out: they may quote what a person wrote. */
export class TelegramRefusal extends UpstreamError {
  readonly reason: RefusalReason
  constructor(status: number, reason: RefusalReason) {
    super('telegram', status, explanations[reason], status >= 500)
    this.reason = reason
  }
}

const explanations: Record<RefusalReason, string> = {
  unreachable: 'the person cannot be written to',
  not_modified: 'the message is as it should be already',
  message_gone: 'the message is gone',
  query_too_old: 'the button was pressed too long ago',
  unauthorized: 'BOT_TOKEN is not accepted',
  conflict: 'another process receives the updates of this bot; stop it',
  other: 'call refused',
}

const reasons: readonly { reason: RefusalReason; pattern: RegExp }[] = [
  { reason: 'unreachable', pattern: /^Forbidden|chat not found|user is deactivated/i },
  { reason: 'not_modified', pattern: /message is not modified/i },
  { reason: 'message_gone', pattern: /message to (edit|delete) not found|message can't be (edited|deleted)/i },
  { reason: 'query_too_old', pattern: /query is too old/i },
]

const reasonOf = (status: number, description: string): RefusalReason => {
  if (status === 401 || status === 404) return 'unauthorized'
  if (status === 409) return 'conflict'
  return reasons.find(({ pattern }) => pattern.test(description))?.reason ?? 'other'
}

/** The error for an answer `{"ok":false}` of the Bot API. */
export function refusalOf(answer: {
  error_code: number
  description: string
  parameters?: { retry_after?: number } | undefined
}): AppError {
  const retryAfterS = answer.parameters?.retry_after
  if (answer.error_code === 429) {
    return new RateLimitError(
      'telegram',
      'too many requests',
      retryAfterS === undefined ? undefined : retryAfterS * 1000,
    )
  }
  return new TelegramRefusal(answer.error_code, reasonOf(answer.error_code, String(answer.description)))
}

const isRefusal = (err: unknown, ...reasons: RefusalReason[]): boolean =>
  err instanceof TelegramRefusal && reasons.includes(err.reason)

/** The person blocked the bot, or is gone: nothing can be said to them any more. */
export const isUnreachable = (err: unknown): boolean => isRefusal(err, 'unreachable')

/** What happens in an orderly life: the message is gone or as it should be, the button was pressed long ago. */
export const isHarmless = (err: unknown): boolean =>
  isRefusal(err, 'unreachable', 'not_modified', 'message_gone', 'query_too_old')
