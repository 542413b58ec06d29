import { expect, test } from 'vitest'
import { newRequestId } from '../../telemetry/request-id.ts'
import { readRequestCode } from './read-code.ts'

const code = '1A2B3C4D5E6F'

test.each([
  code,
  '1a2b3c4d5e6f',
  ' 1A2B 3C4D 5E6F ',
  '1a2b-3c4d-5e6f',
  'код 1a2b3c4d5e6f',
  'Код: 1A2B3C4D5E6F.',
  'Код для поддержки: 1A2B3C4D5E6F, @support',
  '№1A2B3C4D5E6F',
  '№ 1a2b 3c4d 5e6f',
  '«1A2B3C4D5E6F»',
  '`1A2B3C4D5E6F`',
  '<code>1A2B3C4D5E6F</code>'.replace(/<\/?code>/g, ''),
  '1\u200bA2B3C4D5E6F',
  '１A2B3C4D5E6F',
  '1А2В3С4D5Е6F', // Cyrillic А, В, С, Е
  'request_id=1A2B3C4D5E6F',
  '"request_id":"1A2B3C4D5E6F"',
  'GigaChat сейчас не отвечает. Запрос я запомнил — нажмите «Повторить» через пару минут.\n\nКод для поддержки: 1A2B3C4D5E6F',
])('%s is read', text => {
  expect(readRequestCode(text)).toEqual({ kind: 'request', code })
})

test('letters that are read for others are taken for those', () => {
  expect(readRequestCode('OIL0 1234 5678')).toEqual({ kind: 'request', code: '011012345678' })
})

test('a code that was cut off is a beginning, and a shopper may send it with words', () => {
  expect(readRequestCode('код 1a2b3c')).toEqual({ kind: 'request', code: '1A2B3C' })
  expect(readRequestCode('1A2B 3C')).toEqual({ kind: 'request', code: '1A2B3C' })
})

test('the id of an event is read as one', () => {
  const id = '3F2504E0-4F89-41D3-9A0C-0305E82C3301'

  expect(readRequestCode(`событие ${id}`)).toEqual({ kind: 'event', eventId: id.toLowerCase() })
})

test.each(['', '   ', 'код', '1A', 'привет, бот', 'у меня ничего не работает', '1A2B3C4D5E6F7G8', '🙂', '%%%', '---'])(
  '«%s» holds no code',
  text => {
    expect(readRequestCode(text)).toBeNull()
  },
)

test('every code that is handed out can be read back, in lower case too', () => {
  for (let i = 0; i < 2_000; i++) {
    const id = newRequestId()
    expect(readRequestCode(`код ${id.toLowerCase()}`)).toEqual({ kind: 'request', code: id })
  }
})
