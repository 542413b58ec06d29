import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { isTyped, serviceFields, textOf } from './message-content.ts'

test('the notes of Telegram are those that the types of the Bot API call service messages', () => {
  const file = createRequire(import.meta.url).resolve('@grammyjs/types/message.d.ts')
  const documented = [...readFileSync(file, 'utf8').matchAll(/\/\*\* Service message: .*?\*\/\s+(\w+)\??:/g)]

  expect(documented.length).toBeGreaterThan(30)
  for (const [, field] of documented) expect(serviceFields).toContain(field)
})

test('what a message says is its text, its caption or its open tasks', () => {
  const tasks = [
    { id: 1, text: 'молоко' },
    { id: 2, text: 'хлеб', completion_date: 1_800_000_000 },
    { id: 3, text: 'сыр', completion_date: 0 },
  ]

  expect(textOf({ text: 'суп' })).toBe('суп')
  expect(textOf({ caption: 'как на фото' })).toBe('как на фото')
  expect(textOf({ checklist: { title: 'Купить', tasks } })).toBe('Купить\nмолоко\nсыр')
  expect(textOf({})).toBe('')
  expect(textOf(undefined)).toBe('')
})

test.each([1, null, [], { tasks: 'x' }, { title: 5, tasks: [null, 1, { text: [] }] }])(
  'a checklist of the shape %j says nothing',
  checklist => {
    expect(textOf(JSON.parse(JSON.stringify({ checklist })))).toBe('')
  },
)

test('only what a user typed themselves counts as typed', () => {
  const typed = { message_id: 1, date: 1, from: {}, chat: {}, text: '/admin_help', entities: [] }

  expect(isTyped(typed)).toBe(true)
  expect(isTyped({ ...typed, reply_to_message: {} })).toBe(true)
  for (const field of ['via_bot', 'forward_origin', 'forward_from', 'forward_date', 'sender_business_bot', 'anything'])
    expect(isTyped({ ...typed, [field]: {} })).toBe(false)
  expect(isTyped({ ...typed, text: undefined, caption: '/admin_help' })).toBe(false)
})
