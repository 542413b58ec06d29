import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { oneGoMs, processorMs } from '../../../test/support/processor-time.ts'
import { answerText } from './answer-text.ts'

const clean = (raw: string, hasCart = false) => answerText(raw, { hasCart, isCut: false })

describe('markup', () => {
  test.each([
    ['**Завтрак** готов, _приятного_ `аппетита`!', 'Завтрак готов, приятного аппетита!'],
    ['## Завтрак\n* молоко\n+ хлеб', 'Завтрак\n- молоко\n- хлеб'],
    ['<b>Завтрак</b><br>готов &amp; горяч', 'Завтрак\nготов & горяч'],
    ['```json\nпривет\n```', 'привет'],
    ['Сыр\u00a0Маасдам,\u200b 250\u202fг', 'Сыр Маасдам, 250 г'],
    ['цена < 100 и > 50, 2 * 3 * 4', 'цена < 100 и > 50, 2 * 3 * 4'],
    ['snake_case_name', 'snake_case_name'],
    ['семья 👨‍👩‍👧 рада', 'семья 👨‍👩‍👧 рада'],
  ])('%j reads %j', (raw, plain) => {
    expect(clean(raw)).toBe(plain)
  })

  test('a rule and empty lines in a row leave one empty line', () => {
    expect(clean('Один\n\n---\n\n\nДва')).toBe('Один\n\nДва')
  })

  test.each(['', '   \n ', '<br>', '***', '\u200b'])('%j is nothing', raw => {
    expect(clean(raw)).toBeNull()
  })
})

describe('links', () => {
  test.each([
    ['Готово! https://vkusvill.ru/?share_basket=1', 'Готово!'],
    ['Готово!\nСсылка на корзину: https://evil.example/x', 'Готово!'],
    ['Готово!\n[Открыть](https://evil.example/x) приятного', 'Готово!\nОткрыть приятного'],
    ['Смотрите на vkusvill.ru/goods/1 и t.me/spam.', 'Смотрите на и'],
    ['Готово! <a href="https://evil.example">сюда</a>', 'Готово! сюда'],
    ['Смотрите на молоко.evil.xyz, пишите pay@evil.xyz', 'Смотрите на молоко., пишите'],
    ['Смотрите на evil.()xyz и evil。xyz', 'Смотрите на и'],
    ['Оплата на 10.0.0.1/pay!', 'Оплата на'],
  ])('%j becomes %j', (raw, plain) => {
    expect(clean(raw)).toBe(plain)
  })

  test('an abbreviation with dots is no link', () => {
    expect(clean('2 ст.л. масла и т.д. по вкусу')).toBe('2 ст.л. масла и т.д. по вкусу')
  })
})

describe('beside a cart', () => {
  const raw = 'Собрал завтрак:\n1. Молоко: 90 ₽ × 1 = 90 ₽\n2. Хлеб – 60 руб.\nИтого: 150 ₽\n\nСыра не нашлось.'

  test('a price list is left to the bot, remarks stay', () => {
    expect(clean(raw, true)).toBe('Сыра не нашлось.')
  })

  test('a budget in a sentence stays', () => {
    expect(clean('Уложился в 500 ₽, даже с запасом.', true)).toBe('Уложился в 500 ₽, даже с запасом.')
  })

  test('a list of remarks stays', () => {
    const remarks = 'Учёл:\n- хлеб взял ржаной\n- сыр заменил'

    expect(clean(remarks, true)).toBe(remarks)
  })

  test('without a cart prices may stay in the text', () => {
    expect(clean(raw)).toContain('Молоко: 90 ₽')
  })
})

describe('length', () => {
  test('a long text ends at a word, with an ellipsis', () => {
    const text = clean('слово '.repeat(1000)) ?? ''

    expect(text.length).toBeLessThanOrEqual(3500)
    expect(text).toMatch(/слово…$/)
  })

  test('a text that was cut off ends with its last whole sentence', () => {
    expect(answerText('Вот корзина. Хлеб я взял рж', { hasCart: true, isCut: true })).toBe('Вот корзина.')
  })

  test('a single sentence that was cut off shows it', () => {
    expect(answerText('Хлеб я взял рж', { hasCart: true, isCut: true })).toBe('Хлеб я взял рж…')
  })
})

// a pattern that looks back and forth over the whole text would need an hour here
test.each(['a', 'a.', 'a-', '<!--', '<a', '[', '[a](', '**a ', '__a', '~~a', '`', '*a', '_a ', '- ', '1 ', ': ', '()'])(
  'a megabyte of nothing but "%s" is read in one go',
  unit => {
    const text = unit.repeat(1_000_000 / unit.length)

    const tookMs = processorMs(() => {
      expect(answerText(text, { hasCart: true, isCut: true })?.length ?? 0).toBeLessThan(3501)
    })

    expect(tookMs).toBeLessThan(oneGoMs)
  },
)

test('whatever the model writes: no tag, no address, never over 3500 characters', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '<b>',
      '</a>',
      'https://a.ru/x',
      '**',
      '`',
      '&lt;',
      '\n- ',
      '100 ₽',
      '[',
      '](',
      ')',
      ' слово ',
      '*',
      '_',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.boolean(), fc.boolean(), (pieces, hasCart, isCut) => {
      const text = answerText(pieces.join(''), { hasCart, isCut })

      if (text === null) return
      expect(text.length).toBeGreaterThan(0)
      expect(text.length).toBeLessThanOrEqual(3500)
      expect(text).not.toMatch(/https?:\/\//)
      expect(text).not.toMatch(/\u00a0/)
    }),
  )
})
