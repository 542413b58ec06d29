import fc from 'fast-check'
import { expect, test } from 'vitest'
import { oneGoMs, processorMs } from '../../test/support/processor-time.ts'
import { findEntities } from '../sandbox/telegram/message-text.ts'
import { defuseLinks, dropLinks } from './links.ts'

const links = [
  'https://evil.example/pay?x=1',
  'tg://resolve?domain=evil',
  'www.evil.example',
  'evil.xyz/x',
  'evil.xyz:8080/x',
  'EVIL.XYZ',
  'xn--e1awd7f.xn--p1ai',
  'магазин.рф',
  'магазин.онлайн',
  '10.0.0.1/pay',
  'pay@evil.example',
  '@evil_helper_bot',
  '/start@evil_bot',
]

test.each(links)('%s is dropped wherever it stands', link => {
  for (const before of ['', 'сюда ', 'сюда:', 'сюда.', '(', '…', '-'])
    expect(dropLinks(`${before}${link}`)).not.toMatch(/evil|магазин|xn--|10\.0/i)
})

test.each(['3.2%', '2 ст. л. масла', 'и так далее.', 'в 12.30 или 1.5 л', 'собака @ кошка', '594 488 ₽', '50 г/100 г'])(
  '%s is no link',
  text => {
    expect(dropLinks(text)).toBe(text)
    expect(defuseLinks(text)).toBe(text)
  },
)

test('a name with a dot inside reads as before', () => {
  const defused = defuseLinks('Смесь Dr.Oetker, пишите @evil_bot')

  expect(defused).not.toBe('Смесь Dr.Oetker, пишите @evil_bot')
  expect(defused.replaceAll('\u2060', '')).toBe('Смесь Dr.Oetker, пишите @evil_bot')
})

test.each([
  ...links,
  ...['магазин.бг', 'магазин.срб', 'магазин.мкд', 'магазин.қаз', '商店.中国', 'shop.한국', 'موقع.شبكة', 'दुकान.भारत'],
  ...['evil.example.museum', 't.me/evil', 'ton://evil', 'i❤.ws', 'a.b+c@d-e.бг', 'evil。com'],
  ...['/delete_me', '(/start)', '«/admin_help»', '#скидка', '#1april', '$SBER', '@ab'],
  ...[
    '+7 999 123-45-67',
    '8(999)1234567',
    '89991234567',
    '8 999 123 45 67',
    '+７9991234567',
    '1.2.3.4',
    '495 123-45-67',
  ],
  ...['4276 3800 1234 5678', '4276380012345678', '2200-7001-2345-6789'],
])('nothing of %s can be pressed in an answer, and it reads the same', text => {
  for (const [before, after] of [
    ['', ''],
    ['звоните ', ', да'],
    ['(', ')'],
    ['«', '».'],
  ]) {
    const defused = defuseLinks(`${before}${text}${after}`)

    expect(findEntities(defused)).toEqual([])
    expect(/[\d ()+-]{8,}/.test(defused)).toBe(false)
    expect(defused.replaceAll('\u2060', '')).toBe(`${before}${text}${after}`)
  }
})

test('a text taken apart holds no link any more', () => {
  const piece = fc.oneof(fc.constantFrom(...links, '.', '@', ':', '/', ' ', 'a', 'я', '1'), fc.string())
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), pieces => {
      const text = defuseLinks(pieces.join(''))

      expect(dropLinks(text)).toBe(text)
    }),
  )
})

// a pattern that looks back and forth over the whole text would need half a minute here
test.each(['a', 'a.', 'a-', '1.', '@', '@a', 'a@', 'a@a.', 'www.', '://', 'я.', '+', '%', '_'])(
  'a long text of nothing but "%s" is read in one go',
  unit => {
    const text = unit.repeat(100_000 / unit.length)

    const tookMs = processorMs(() => {
      expect(dropLinks(`${text} конец`)).toMatch(/ ?конец$/)
      expect(defuseLinks(`${text} конец`)).toMatch(/ ?конец$/)
    })

    expect(tookMs).toBeLessThan(oneGoMs)
  },
)
