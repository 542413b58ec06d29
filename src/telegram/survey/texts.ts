import type { Pmf, UsefulFeature } from '../../events/catalogue.ts'
import { type Html, html } from '../html.ts'
import { cartsToGet } from '../wording.ts'

export const texts = {
  unknown: html`Мы ещё не знакомы. Нажмите /start.`,
  alreadyCompleted: html`Вы уже прошли опрос, спасибо! Бонус за него даётся один раз.`,
  needsCart: html`Опрос откроется после первой корзины. Напишите, что собрать, и возвращайтесь: /survey.`,
  pmfQuestion: (bonus: number): Html => html`<b>Три коротких вопроса, и у вас ещё ${cartsToGet(bonus)}</b>

1/3. Вы расстроитесь, если ботом больше нельзя будет пользоваться?`,
  pmf: { very: 'Очень расстроюсь', somewhat: 'Немного расстроюсь', not: 'Не расстроюсь' } satisfies Record<Pmf, string>,
  featureQuestion: html`2/3. Что в боте полезнее всего?`,
  feature: {
    search: 'Поиск продуктов',
    recipe: 'Продукты по рецепту',
    cart: 'Готовая корзина',
    other: 'Другое',
  } satisfies Record<UsefulFeature, string>,
  /** The question as it stays in the chat once it was answered. */
  chosen: (question: Html, answer: string): Html => html`${question}\n\n✓ ${answer}`,
  feedbackQuestion: html`3/3. Что улучшить? Ответьте одним сообщением или нажмите кнопку. Личные данные писать не нужно.`,
  allFine: 'Всё отлично',
  skip: 'Пропустить',
  completed: (bonus: number, left: number): Html =>
    html`Спасибо, это очень помогает! Добавил ${cartsToGet(bonus)}. Осталось корзин: ${left}. Что собрать?`,
  completedLater: html`Спасибо, ответы записаны! Корзины добавлю чуть позже: у меня временные неполадки.`,
  expired: 'Этот опрос устарел. Начните снова: /survey',
}
