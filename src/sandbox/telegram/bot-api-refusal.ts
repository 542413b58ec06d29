/** An answer `{"ok":false}` of the Bot API: `description` is Telegram's own wording, prefix included. */
export class BotApiRefusal extends Error {
  override readonly name = 'BotApiRefusal'
  readonly code: number
  readonly retryAfterS: number | undefined
  constructor(code: number, description: string, retryAfterS?: number) {
    super(description)
    this.code = code
    this.retryAfterS = retryAfterS
  }

  /** The JSON body Telegram sends with status `code`. */
  body(): { ok: false; error_code: number; description: string; parameters?: { retry_after: number } } {
    const parameters = this.retryAfterS === undefined ? {} : { parameters: { retry_after: this.retryAfterS } }
    return { ok: false, error_code: this.code, description: this.message, ...parameters }
  }
}

/** 400, what nearly every mistake of a bot is answered with. */
export const badRequest = (what: string): BotApiRefusal => new BotApiRefusal(400, `Bad Request: ${what}`)

/** 429 with the number of seconds the bot has to wait. */
export const tooManyRequests = (retryAfterS: number): BotApiRefusal =>
  new BotApiRefusal(429, `Too Many Requests: retry after ${retryAfterS}`, retryAfterS)

const statusTexts: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
  413: 'Request Entity Too Large',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  504: 'Gateway Timeout',
}

/** The refusal an injected fault answers with. */
export const refusalOfStatus = (status: number, retryAfterS: number): BotApiRefusal =>
  status === 429 ? tooManyRequests(retryAfterS) : new BotApiRefusal(status, statusTexts[status] ?? `Error ${status}`)
