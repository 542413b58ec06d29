import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mentionsAdminCommand, readCommand } from './command.ts'

test.each([
  ['/start', 'start', 'start', ''],
  ['/start ref_abc', 'start', 'start', 'ref_abc'],
  ['/start\nhabr', 'start', 'start', 'habr'],
  ['/HELP@Test_Bot', 'help', 'help', ''],
  ['  /reset', 'reset', 'reset', ''],
  ['/admin_stats 7', 'admin', 'admin_stats', '7'],
  ['/administrator', 'unknown', 'administrator', ''],
  ['/constructor', 'unknown', 'constructor', ''],
])('%j is the command %s', (text, label, name, payload) => {
  expect(readCommand(text, 'test_bot')).toEqual({ label, name, payload })
})

test.each(['молоко', 'хлеб /start', '/молоко', '/ 2 литра', '/start@other_bot', '', '//start', '/start@', '/a-b'])(
  '%j is no command for this bot',
  text => {
    expect(readCommand(text, 'test_bot')).toBeNull()
  },
)

test('an admin command is noticed wherever it stands', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('', 'а ', '\u200B', '\n', '«', '> '),
      fc.constantFrom('', '_stats', '_x@bot', ' 5'),
      (before, after) => {
        expect(mentionsAdminCommand(`${before}/admin${after}`)).toBe(true)
      },
    ),
  )
})

test.each(['администратор', 'https://site.ru/admin', 'a/admin', '/administrator', 'admin_stats'])(
  '%j is no admin command',
  text => {
    expect(mentionsAdminCommand(text)).toBe(false)
  },
)
