import type { Update } from 'grammy/types'
import { expect, test } from 'vitest'
import { createInboxCipher } from './inbox-cipher.ts'

const chat = { id: 7, type: 'private', first_name: 'Анна' } as const
const update = {
  update_id: 5,
  message: {
    message_id: 1,
    date: 0,
    text: 'торт «Прага» 🎂',
    chat,
    from: { id: 7, is_bot: false, first_name: 'Анна' },
  },
} satisfies Update
const cipher = createInboxCipher('a secret of the settings')

test('what was sealed opens for the same user and update, and no text stands in it', () => {
  const body = cipher.seal(update, 7)

  expect(cipher.open(body, 7, 5)).toEqual(update)
  expect(body.toString('utf8')).not.toMatch(/торт|Прага|message|Анна/)
  expect(cipher.seal(update, 7)).not.toEqual(body) // the same text does not look the same twice
})

test.each([
  ['another user', () => cipher.open(cipher.seal(update, 7), 8, 5)],
  ['another update', () => cipher.open(cipher.seal(update, 7), 7, 6)],
  ['another key', () => createInboxCipher('another secret').open(cipher.seal(update, 7), 7, 5)],
  ['a changed byte', () => cipher.open(cipher.seal(update, 7).fill(0, 40, 41), 7, 5)],
  ['a shortened tag', () => cipher.open(cipher.seal(update, 7).subarray(0, 20), 7, 5)],
  ['nothing', () => cipher.open(Buffer.alloc(0), 7, 5)],
])('it does not open with %s', (_, open) => {
  expect(open).toThrow()
})
