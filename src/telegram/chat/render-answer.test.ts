import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dropLinks } from '../../assistant/links.ts'
import { parseHtml } from '../../sandbox/telegram/html-text.ts'
import { plainText } from '../html.ts'
import { anAnswer } from '../testing/fake-assistant.ts'
import { aCart } from '../testing/fake-users.ts'
import { renderAnswer } from './render-answer.ts'
import { asView } from './render-cart.ts'

const setting = {
  allowance: { cartLimit: 5, surveyBonus: 5, referralBonus: 3 },
  surveyCompleted: false,
  disclaimer: true,
  requestId: 'REQUEST00001',
}
const view = asView(aCart())
const shown = (answer: Parameters<typeof anAnswer>[0]): string => {
  const rendered = renderAnswer(anAnswer(answer), setting)
  return rendered === null ? '' : plainText(rendered.message).replaceAll('\u00A0', ' ')
}
const [line] = view.lines
if (line === undefined) throw new Error('no line')

describe('the cart', () => {
  test('lists every position with quantity and sum, then the total', () => {
    const lines = [
      line,
      { ...line, product: { ...line.product, name: 'Сыр', unit: 'кг' }, q: 0.35, priceMinor: 90_000, sumMinor: 31_500 },
    ]

    const text = shown({ cart: { ...view, lines, totalMinor: 49_300 } })

    expect(text).toContain('Молоко 3,2 %, 2 шт — 178 ₽\nСыр, 0,35 кг — 315 ₽')
    expect(text).toContain('Итого ≈ 493 ₽ · 2 товара')
    expect(text).toContain('Цены и наличие уточнит сайт.')
  })

  test('without a price names no total', () => {
    const lines = [{ ...line, priceMinor: null, sumMinor: null }]

    const text = shown({ cart: { ...view, lines, totalMinor: null } })

    expect(text).toContain('Молоко 3,2 %, 2 шт — цена на сайте')
    expect(text).toContain('Итого посчитает сайт · 1 товар')
  })

  test('shows discounts, corrections, what was not found, budget and carts left', () => {
    const text = shown({
      cart: {
        ...view,
        lines: [{ ...line, priceNote: 'скидка по карте не учтена' }],
        corrections: [{ xmlId: 1, asked: 500, q: 1, reason: 'в пачке 500 г' }],
        notFound: ['вагю', 'трюфель'],
        budget: { rub: 500, kept: true },
        cartNumber: 4,
        cartLimit: 5,
      },
    })

    expect(text).toContain('скидка по карте не учтена')
    expect(text).toContain('Молоко 3,2 %: 500 → 1 (в пачке 500 г)')
    expect(text).toContain('Не нашёл: вагю, трюфель.')
    expect(text).toContain('В бюджет 500 ₽ уложился.')
    expect(text).toContain('Осталось корзин: 1 (правки не считаются).')
  })

  test.each([
    [false, 'Уложиться в 500 ₽ не вышло'],
    [null, 'станет ясно на сайте'],
  ])('with the budget kept: %s says so', (kept, words) => {
    expect(shown({ cart: { ...view, budget: { rub: 500, kept } } })).toContain(words)
  })

  test('names no quantity of a single piece, words for packs, and kopecks in the total alone', () => {
    const of = (unit: string, q: number, sumMinor: number) => ({
      ...line,
      product: { ...line.product, unit },
      q,
      sumMinor,
    })
    const lines = [of('шт', 1, 8_990), of('бан', 1, 12_050), of('бан', 3, 36_150), of('100 г', 5, 4_949)]

    const text = shown({ cart: { ...view, lines, totalMinor: 62_139 } })

    expect(text).toContain(
      'Молоко 3,2 % — 90 ₽\nМолоко 3,2 %, 1 банка — 121 ₽\nМолоко 3,2 %, 3 банки — 362 ₽\nМолоко 3,2 %, 500 г — 49 ₽',
    )
    expect(text).toContain('Итого ≈ 621,39 ₽ · 4 товара')
  })

  test('of a corrected version says only what is left', () => {
    const rendered = renderAnswer(anAnswer({ cart: { ...view, cartNumber: 1, revision: 1, cartLimit: 5 } }), setting)

    expect(plainText(rendered?.message ?? { source: '' })).toMatch(/Осталось корзин: 4 \(правки не считаются\)\.\n/)
  })

  test('the first one names the bonuses', () => {
    const text = shown({ cart: { ...view, cartNumber: 1, cartLimit: 5 } })

    expect(text).toContain(
      'Осталось корзин: 4 (правки не считаются). Три вопроса — и ещё 5 корзин; друг с первой корзиной — ещё 3.',
    )
  })

  test.each([
    [false, 'Три вопроса — и ещё 5 корзин; друг с первой корзиной — ещё 3.', ['Пройти опрос', 'Пригласить друга']],
    [true, 'Друг с первой корзиной — ещё 3 корзины.', ['Пригласить друга']],
  ])('the last one offers the ways to more, with the survey taken: %s', (surveyCompleted, ways, buttons) => {
    const cart = { ...view, cartNumber: 5, cartLimit: 5 }

    const rendered = renderAnswer(anAnswer({ cart }), { ...setting, surveyCompleted })

    const text = plainText(rendered?.message ?? { source: '' }).replaceAll('\u00A0', ' ')
    expect(text).toContain(`Бесплатные корзины закончились (5 из 5). ${ways}`)
    expect(rendered?.keyboard?.inline_keyboard.flat().map(button => button.text)).toEqual(
      expect.arrayContaining(buttons),
    )
  })

  test('says its disclaimer only when it is due', () => {
    expect(
      plainText(renderAnswer(anAnswer({ cart: view }), { ...setting, disclaimer: false })?.message ?? { source: '' }),
    ).not.toContain('уточнит сайт')
  })

  test('carries the allergy warning when asked to', () => {
    expect(shown({ cart: view, allergyWarning: true })).toContain('аллергенов не гарантирую')
    expect(shown({ cart: view, allergyWarning: false })).not.toContain('аллергенов')
  })

  test('has an introduction also when the model wrote none', () => {
    expect(shown({ text: null, cart: view })).toMatch(/^Готово, собрал корзину/)
  })

  test.each([
    'https://vkusvill.ru/?share_basket=12a',
    'http://vkusvill.ru/?share_basket=12',
    'https://vkusvill.ru.evil.example/?share_basket=12',
    'https://vkusvill.ru/?share_basket=12\n',
    'javascript:alert(1)',
  ])('with the link %j has no button that opens it', link => {
    const rendered = renderAnswer(anAnswer({ cart: { ...view, link } }), setting)

    expect(rendered?.keyboard?.inline_keyboard.flat().filter(key => 'url' in key)).toEqual([])
    expect(JSON.stringify(rendered)).not.toContain('evil')
  })
})

test.each(['Сыр evil.xyz', 'https://evil.xyz/pay', '@evil_bot', 'магазин.рф', 'pay@evil.xyz'])(
  'nothing that can be pressed comes of %j as a name of the shop or of the model',
  name => {
    const lines = [{ ...line, product: { ...line.product, name, unit: name }, priceNote: name }]
    const corrections = [{ xmlId: line.product.xmlId, asked: 1, q: 2, reason: name }]

    const text = shown({ cart: { ...view, lines, corrections, notFound: [name] } })

    expect(dropLinks(text)).toBe(text)
  },
)

describe('the limit', () => {
  test('offers survey and invitation, after the survey the invitation alone', () => {
    const before = renderAnswer(anAnswer({ limit: { cartsUsed: 5, cartLimit: 5, surveyCompleted: false } }), setting)
    const after = renderAnswer(anAnswer({ limit: { cartsUsed: 10, cartLimit: 10, surveyCompleted: true } }), setting)

    expect(before?.keyboard?.inline_keyboard.flat().map(({ text }) => text)).toEqual([
      'Пройти опрос',
      'Пригласить друга',
    ])
    expect(after?.keyboard?.inline_keyboard.flat().map(({ text }) => text)).toEqual(['Пригласить друга'])
  })
})

test('nothing at all is nothing to send', () => {
  expect(renderAnswer(anAnswer({ text: ' \n' }), setting)).toBeNull()
})

test('whatever the shop and the model call things, the HTML is valid', () => {
  const hostile = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(hostile, hostile, hostile, (text, name, note) => {
      const lines = [{ ...line, product: { ...line.product, name, unit: note }, priceNote: note }]

      const rendered = renderAnswer(anAnswer({ text, cart: { ...view, lines, notFound: [name] } }), setting)

      expect(() => parseHtml(rendered?.message.source ?? '')).not.toThrow()
    }),
  )
})

test('steps that were asked for follow the text', () => {
  const recipes = [{ dish: 'борщ', steps: ['Сварите бульон.', 'Добавьте свёклу.'] }]

  expect(shown({ text: 'Вот рецепт', recipes })).toBe(
    'Вот рецепт\n\nКак готовить: борщ\n1. Сварите бульон.\n2. Добавьте свёклу.',
  )
})

test('what is likely at home is asked about, with a button to add it', () => {
  const rendered = renderAnswer(anAnswer({ cart: { ...view, larder: ['масло', 'соль'] } }), setting)

  expect(plainText(rendered?.message ?? { source: '' })).toContain('Есть ли дома: масло, соль?')
  expect(rendered?.keyboard?.inline_keyboard.flat().map(({ text }) => text)).toContain('Добавить и это')
})
