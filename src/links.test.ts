import fc from 'fast-check'
import { expect, test } from 'vitest'
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

test.each(['3.2%', '2 ст.л. масла', 'и т.д.', 'в 12.30 или 1.5 л', 'собака @ кошка', '№ 10.11.2026'])(
  '%s is no link',
  text => {
    expect(dropLinks(text)).toBe(text)
    expect(defuseLinks(text)).toBe(text)
  },
)

test('a name with a dot inside stays readable', () => {
  expect(defuseLinks('Смесь Dr.Oetker, пишите @evil_bot')).toBe('Смесь Dr. Oetker, пишите @ evil_bot')
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

// a pattern that looks back and forth over the whole text would need half a minute here, and the test would run out of its time
test.each(['a', 'a.', 'a-', '1.', '@', '@a', 'a@', 'a@a.', 'www.', '://', 'я.', '+', '%', '_'])(
  'a long text of nothing but "%s" is read in one go',
  unit => {
    const text = unit.repeat(100_000 / unit.length)

    expect(dropLinks(`${text} конец`)).toMatch(/ ?конец$/)
  },
  5_000,
)
