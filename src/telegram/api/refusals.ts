/**
 * What a refusal of the Bot API says about the call.
 *
 * - `unreachable`: this chat cannot be written to, whatever is sent. Not a failure of the bot.
 * - `try_later`: the same call may succeed after a pause.
 * - `cosmetic`: there is nothing left to change or to confirm. Says nothing about the answer to a user.
 * - `unauthorized`, `conflict`, `ours`: a failure of the bot or its set-up that an operator has to look at.
 */
export type Verdict = 'unreachable' | 'try_later' | 'cosmetic' | 'unauthorized' | 'conflict' | 'ours'

/** An answer `{"ok":false}` of the Bot API, as far as it is read. */
export interface RefusedAnswer {
  error_code: number
  description: string
  parameters?: { retry_after?: number; migrate_to_chat_id?: number } | undefined
}

/**
 * The refusals known by their wording; the first row that fits decides. Collected from the Bot API server
 * (`Client::fail_query_with_error`, `check_chat_access`), from TDLib (`can_send_message_content`), whose sentences it
 * hands on, and from the error names of MTProto, which it hands on in capitals. Both spellings are compared as lower-case
 * words, so `PEER_ID_INVALID` is written here as `peer id invalid`.
 */
const table: readonly [Verdict, RegExp][] = [
  // quotes what was sent: nothing after these words says anything about the chat
  ['ours', /can't parse|\bbutton\b/],
  [
    'try_later',
    /too many requests|retry (?:after|in) \d|(?:flood|slowmode|premium) wait|flood control|msg wait|internal server error|bad gateway|gateway time-?out|service unavailable|request aborted|rpc call fail|worker busy|try again later/,
  ],
  [
    'cosmetic',
    /message (?:is )?not modified|message (?:to (?:be )?(?:edit|delete)d? )?not found|message can't be (?:edited|deleted)|message (?:delete forbidden|id invalid|edit time expired|author required)|msg id invalid|query is too old|query id (?:is )?invalid/,
  ],
  [
    'unreachable',
    /blocked|deactivated|deleted|kicked|banned|not (?:a )?(?:chat )?(?:member|participant)|(?:upgraded|migrated) to a supergroup/,
  ],
  [
    'unreachable',
    /(?:chat|user|peer|channel) (?:id )?(?:not found|is not accessible|isn't accessible|(?:is )?invalid|not supported)|(?:invalid|wrong) (?:chat|user|peer) id|can't (?:access the|initiate conversation|send messages? to)|\bis (?:a )?bot\b|\btopics?\b|\bthreads?\b/,
  ],
  [
    'unreachable',
    /have no (?:write |read )?(?:access|rights?)|not enough rights|need administrator rights|admin required|privacy|(?:premium|payment) required|(?:forbidden|private|restricted)$/,
  ],
]

/** The wording in lower case, with `_` as space: a name of MTProto and a sentence about the same thing look alike. */
const wordsOf = (description: unknown): string =>
  String(description)
    .toLowerCase()
    .replace(/[_\s]+/g, ' ')
    .replaceAll('’', "'")
    .trim()

/** Sorts a refusal by its code and wording. What is unknown is a failure of ours, unless Telegram forbade the call (403). */
export function verdictOf({ error_code, description, parameters }: RefusedAnswer): Verdict {
  if (error_code === 409) return 'conflict'
  if (error_code === 429 || error_code === 420 || error_code >= 500) return 'try_later'
  if (parameters?.retry_after !== undefined) return 'try_later'
  if (parameters?.migrate_to_chat_id !== undefined) return 'unreachable'
  const words = wordsOf(description)
  return table.find(([, pattern]) => pattern.test(words))?.[0] ?? unknown(error_code)
}

/** Whether the user has left: blocked the bot, or deleted the account. */
export const saysUserLeft = ({ error_code, description }: RefusedAnswer): boolean =>
  error_code === 403 && /bot was blocked by|user is (?:blocked|deactivated)|user deactivated/.test(wordsOf(description))

function unknown(code: number): Verdict {
  if (code === 403) return 'unreachable'
  // a token that is no token is answered with 404: the address holds it
  return code === 401 || code === 404 ? 'unauthorized' : 'ours'
}

/** How long Telegram asks to wait, in ms: from the parameters, else from the wording; undefined when it does not say. */
export function retryAfterMs({ description, parameters }: RefusedAnswer): number | undefined {
  const [, inWords] = /(?:retry (?:after|in)|wait(?: of)?) (\d{1,6})\b/.exec(wordsOf(description)) ?? []
  const seconds = parameters?.retry_after ?? (inWords === undefined ? undefined : Number(inWords))
  return seconds === undefined ? undefined : seconds * 1000
}
