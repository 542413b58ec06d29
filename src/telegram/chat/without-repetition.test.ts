import { describe, expect, test } from 'vitest'
import { aCart } from '../testing/fake-users.ts'
import { asView } from './render-cart.ts'
import { withoutRepetition } from './without-repetition.ts'

const cart = {
  ...asView(aCart()),
  notFound: ['лук репчатый', 'сыр бри'],
  budget: { rub: 700, kept: true },
  cartNumber: 1,
  cartLimit: 5,
}

describe('of the words of the model', () => {
  test.each([
    'Не нашлось: лук репчатый.',
    'Не нашёл: лук репчатый, сыр бри.',
    'Сыр бри, к сожалению, не нашёл.',
    'Лука не нашлось.',
    'Бюджет 700 ₽ учтён.',
    'В бюджет 700 ₽ уложились!',
    'Осталось 4 корзины.',
  ])('%j goes: the bot says it itself', sentence => {
    expect(withoutRepetition({ text: `Готово, вот корзина.\n${sentence}`, cart, limit: null })).toBe(
      'Готово, вот корзина.',
    )
    expect(withoutRepetition({ text: `Готово. ${sentence} Приятного аппетита!`, cart, limit: null })).toBe(
      'Готово. Приятного аппетита!',
    )
  })

  test.each([
    'Сыра бри не нашлось – положил камамбер.',
    'Не нашлось: лук репчатый, взял порей.',
    'Не нашлась икра.',
    'Чтобы уложиться в бюджет, пармезан взял тёртый.',
    'Приятного аппетита!',
  ])('%j stays: it says more', sentence => {
    expect(withoutRepetition({ text: sentence, cart, limit: null })).toBe(sentence)
  })

  test('without a cart nothing of it goes', () => {
    const text = 'Не нашлось: лук репчатый. Бюджет 700 ₽ учтён.'

    expect(withoutRepetition({ text, cart: null, limit: null })).toBe(text)
  })

  test.each([
    'Ваши корзины на сейчас закончились – здорово, что они пригодились! Чтобы получить ещё, можно пройти короткий опрос: /survey или пригласить друга: /invite.',
    'К сожалению, лимит корзин исчерпан.',
    'Бесплатные корзины пока израсходованы, но это поправимо.',
  ])('at the limit %j goes', text => {
    const limit = { cartsUsed: 5, cartLimit: 5, surveyCompleted: false }

    expect(withoutRepetition({ text, cart: null, limit })).toBe('')
    expect(withoutRepetition({ text: `Нашёл яблоки «Гала». ${text}`, cart: null, limit })).toBe('Нашёл яблоки «Гала».')
  })
})
