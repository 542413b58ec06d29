import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../model/chat-model.ts'
import { trimHistory } from './trim-history.ts'

const system: Message = { role: 'system', content: 'prompt' }
const user = (content = 'q'): Message => ({ role: 'user', content })
const text = (content = 'a'): Message => ({ role: 'assistant', content })
const pair = (id = '1', name = 'find'): Message[] => [
  { role: 'assistant', content: '', function_call: { name, arguments: { id } }, functions_state_id: id },
  { role: 'function', name, content: JSON.stringify({ id }) },
]

/** Dialogues as the tool loop makes them. */
const turn = fc
  .tuple(fc.string(), fc.array(fc.tuple(fc.string(), fc.constantFrom('find', 'cart')), { maxLength: 30 }), fc.boolean())
  .map(([question, calls, answered]) => [
    user(question),
    ...calls.flatMap(([id, name]) => pair(id, name)),
    ...(answered ? [text()] : []),
  ])
const dialogue = fc
  .tuple(fc.boolean(), fc.array(turn, { maxLength: 12 }))
  .map(([prompted, turns]) => [...(prompted ? [system] : []), ...turns.flat()])
/** Any messages in any order. */
const heap = fc
  .array(fc.constantFrom<Message[]>([system], [user()], [text()], pair(), pair().slice(0, 1), pair().slice(1)), {
    maxLength: 80,
  })
  .map(parts => parts.flat())
const limit = fc.integer({ min: 0, max: 60 })

const spoken = (messages: readonly Message[]) => messages.filter(message => message.role !== 'system')
const isCall = (message: Message | undefined) => message?.role === 'assistant' && message.function_call !== undefined

describe.each([
  ['a dialogue', dialogue],
  ['any heap of messages', heap],
])('%s, trimmed', (_, messages) => {
  test('has no more than the limit besides the prompt', () => {
    fc.assert(
      fc.property(messages, limit, (given, max) => {
        const kept = trimHistory(given, max)

        expect(spoken(kept).length).toBeLessThanOrEqual(max)
      }),
    )
  })

  test('keeps every call with its result and every result with its call', () => {
    fc.assert(
      fc.property(messages, limit, (given, max) => {
        const kept = trimHistory(given, max)

        kept.forEach((message, index) => {
          if (isCall(message)) expect(kept[index + 1]?.role).toBe('function')
          if (message.role === 'function') expect(isCall(kept[index - 1])).toBe(true)
        })
      }),
    )
  })

  test('begins with a user, after a prompt at most, which stands first and alone', () => {
    fc.assert(
      fc.property(messages, limit, (given, max) => {
        const kept = trimHistory(given, max)

        expect([undefined, 'user']).toContain(spoken(kept)[0]?.role)
        expect(kept.slice(1).some(message => message.role === 'system')).toBe(false)
        expect(kept[0]?.role === 'system').toBe(given[0]?.role === 'system')
      }),
    )
  })

  test('is a part of what was given, in its order', () => {
    fc.assert(
      fc.property(messages, limit, (given, max) => {
        const kept = trimHistory(given, max)

        let from = 0
        for (const message of kept) {
          from = given.indexOf(message, from) + 1
          expect(from).toBeGreaterThan(0)
        }
      }),
    )
  })

  test('does not change when trimmed again', () => {
    fc.assert(
      fc.property(messages, limit, (given, max) => {
        const once = trimHistory(given, max)

        expect(trimHistory(once, max)).toEqual(once)
      }),
    )
  })
})

test('a dialogue within the limit stays as it is', () => {
  fc.assert(
    fc.property(dialogue, messages => {
      const kept = trimHistory(messages, messages.length)

      expect(kept).toEqual(messages)
    }),
  )
})

test('a dialogue keeps its last question whenever anything may remain', () => {
  fc.assert(
    fc.property(dialogue, fc.integer({ min: 1, max: 60 }), (messages, max) => {
      const kept = trimHistory(messages, max)

      const last = messages.findLast(message => message.role === 'user')
      expect(kept.findLast(message => message.role === 'user')).toBe(last)
    }),
  )
})

test('50 messages remain when nothing else is asked for, whole turns only', () => {
  const messages = [system, ...Array.from({ length: 20 }, () => [user(), ...pair(), text()]).flat()]

  const kept = trimHistory(messages)

  expect(kept).toHaveLength(1 + 48)
})

test('of one long turn the question and the newest calls remain', () => {
  const messages = [system, user('old'), text(), user('long'), ...['1', '2', '3', '4'].flatMap(id => pair(id))]

  const kept = trimHistory(messages, 6)

  expect(kept).toEqual([system, user('long'), ...pair('3'), ...pair('4')])
})

test('a call whose result is missing goes, and so does the result of another function', () => {
  const [call, result] = pair('1', 'find')
  const messages = [user(), call, user(), call, { ...result, name: 'cart' }, text()] as Message[]

  const kept = trimHistory(messages)

  expect(kept).toEqual([user(), user(), text()])
})
