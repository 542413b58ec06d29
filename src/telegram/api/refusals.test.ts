import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RefusedAnswer, retryAfterMs, type Verdict, verdictOf } from './refusals.ts'

const refused = (error_code: number, description: string, parameters?: RefusedAnswer['parameters']): RefusedAnswer => ({
  error_code,
  description,
  parameters,
})

const known: Record<Exclude<Verdict, 'unauthorized' | 'conflict'>, [number, string][]> = {
  unreachable: [
    [403, 'Forbidden: bot was blocked by the user'],
    [403, 'Forbidden: user is deactivated'],
    [403, "Forbidden: bot can't initiate conversation with a user"],
    [403, "Forbidden: bot can't send messages to bots"],
    [403, "Forbidden: bots can't send messages to bots"],
    [403, 'Forbidden: bot was kicked from the supergroup chat'],
    [403, 'Forbidden: bot is not a member of the channel chat'],
    [403, 'Forbidden: the group chat was deleted'],
    [403, 'Forbidden: something Telegram will say next year'],
    [400, 'Bad Request: chat not found'],
    [400, 'Bad Request: private chat not found'],
    [400, 'Bad Request: user not found'],
    [400, '[Error]: Bad Request: user not found'],
    [400, 'Bad Request: PEER_ID_INVALID'],
    [400, 'PEER_ID_INVALID'],
    [400, 'Telegram says: [400 Bad Request] - PEER_ID_INVALID'],
    [400, 'BAD REQUEST: CHAT NOT FOUND'],
    [400, 'Bad Request: invalid user_id specified'],
    [400, 'Bad Request: have no rights to send a message'],
    [400, 'Bad Request: have no write access to the chat'],
    [400, "Bad Request: can't access the chat"],
    [400, 'Bad Request: not enough rights to send text messages to the chat'],
    [400, 'Bad Request: not enough rights to send paid media to the chat'],
    [400, 'Bad Request: need administrator rights in the channel chat'],
    [400, 'Bad Request: CHAT_WRITE_FORBIDDEN'],
    [400, 'Bad Request: CHAT_RESTRICTED'],
    [400, 'Bad Request: CHAT_SEND_PLAIN_FORBIDDEN'],
    [400, 'Bad Request: CHAT_GUEST_SEND_FORBIDDEN'],
    [400, 'Bad Request: CHAT_ADMIN_REQUIRED'],
    [400, 'Bad Request: CHANNEL_PRIVATE'],
    [400, 'Bad Request: USER_BANNED_IN_CHANNEL'],
    [400, 'Bad Request: USER_IS_BLOCKED'],
    [400, 'Bad Request: YOU_BLOCKED_USER'],
    [400, 'Bad Request: INPUT_USER_DEACTIVATED'],
    [400, 'Bad Request: USER_IS_BOT'],
    [400, 'Bad Request: USER_PRIVACY_RESTRICTED'],
    [400, 'Bad Request: ALLOW_PAYMENT_REQUIRED_10'],
    [400, 'Bad Request: PRIVACY_PREMIUM_REQUIRED'],
    [400, 'Bad Request: TOPIC_CLOSED'],
    [400, 'Bad Request: TOPIC_DELETED'],
    [400, 'Bad Request: message thread not found'],
    [400, 'Bad Request: group chat was upgraded to a supergroup chat'],
    [400, 'Bad Request: group chat was migrated to a supergroup chat'],
  ],
  try_later: [
    [429, 'Too Many Requests: retry after 5'],
    [429, 'Too Many Requests'],
    [429, ''],
    [420, 'FLOOD_WAIT_17'],
    [400, 'Bad Request: FLOOD_WAIT_17'],
    [400, 'Bad Request: FLOOD_PREMIUM_WAIT_3'],
    [400, 'Bad Request: SLOWMODE_WAIT_30'],
    [400, 'Too Many Requests: retry after 5'],
    [403, 'Flood control exceeded. Retry in 9 seconds.'],
    [500, 'Internal Server Error'],
    [502, 'Bad Gateway'],
    [599, 'whatever a proxy says'],
  ],
  cosmetic: [
    [
      400,
      'Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    ],
    [400, 'MESSAGE_NOT_MODIFIED'],
    [400, 'Bad Request: message to edit not found'],
    [400, 'Bad Request: message to delete not found'],
    [400, "Bad Request: message can't be edited"],
    [400, 'Bad Request: message can’t be deleted for everyone'],
    [400, 'Bad Request: MESSAGE_ID_INVALID'],
    [400, 'Bad Request: MESSAGE_EDIT_TIME_EXPIRED'],
    [403, 'Forbidden: MESSAGE_DELETE_FORBIDDEN'],
    [400, 'Bad Request: query is too old and response timeout expired or query ID is invalid'],
    [400, 'Bad Request: QUERY_ID_INVALID'],
  ],
  ours: [
    [400, 'Bad Request: message text is empty'],
    [400, 'Bad Request: message is too long'],
    [400, 'Bad Request: chat_id is empty'],
    [400, 'Bad Request: can\'t parse entities: unsupported start tag "blocked" at byte offset 0'],
    [400, 'Bad Request: BUTTON_URL_INVALID'],
    [400, 'Bad Request: BUTTON_USER_PRIVACY_RESTRICTED'],
    [400, 'Bad Request: reply markup is too long'],
    [400, 'Bad Request: FROZEN_METHOD_INVALID'],
    [400, 'Bad Request: something Telegram will say next year'],
    [400, ''],
    [413, 'Request Entity Too Large'],
  ],
}

describe.each(Object.entries(known))('%s', (verdict, answers) => {
  test.each(answers)('%i %s', (code, description) => {
    expect(verdictOf(refused(code, description))).toBe(verdict)
    expect(verdictOf(refused(code, description.toUpperCase()))).toBe(verdict)
  })
})

test('a token that is not accepted and a second process are distinguished', () => {
  expect(verdictOf(refused(401, 'Unauthorized'))).toBe('unauthorized')
  expect(verdictOf(refused(404, 'Not Found'))).toBe('unauthorized')
  expect(verdictOf(refused(409, 'Conflict: terminated by other getUpdates request'))).toBe('conflict')
})

test('the parameters count before the wording', () => {
  expect(verdictOf(refused(400, 'Bad Request: x', { retry_after: 3 }))).toBe('try_later')
  expect(verdictOf(refused(400, 'Bad Request: x', { migrate_to_chat_id: -1001 }))).toBe('unreachable')
})

test('every 5xx is tried later and every 403 decides nothing about the bot, whatever it says', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 500, max: 599 }), (text, code) => {
      expect(verdictOf(refused(code, text))).toBe('try_later')
      expect(['unreachable', 'cosmetic', 'try_later', 'ours']).toContain(verdictOf(refused(403, text)))
    }),
  )
})

test.each([
  [{ error_code: 429, description: 'Too Many Requests: retry after 5' }, 5_000],
  [{ error_code: 429, description: 'Too Many Requests', parameters: { retry_after: 7 } }, 7_000],
  [{ error_code: 420, description: 'FLOOD_WAIT_17' }, 17_000],
  [{ error_code: 400, description: 'Flood control exceeded. Retry in 9 seconds.' }, 9_000],
  [{ error_code: 420, description: 'A wait of 35 seconds is required' }, 35_000],
  [{ error_code: 429, description: 'Too Many Requests' }, undefined],
])('the pause of %j is read', (answer, ms) => {
  expect(retryAfterMs(answer)).toBe(ms)
})
