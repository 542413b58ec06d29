import type { Pmf, UsefulFeature } from '../../events/catalogue.ts'
import { type Html, html } from '../html.ts'
import { cartsToGet } from '../wording.ts'

export const texts = {
  unknown: html`Мы ещё не знакомы. Нажмите /start.`,
  alreadyCompleted: html`Вы уже прошли опрос, спасибо! Бонус за него даётся один раз.`,
  needsCart: html`Опрос откроется после первой корзины. Напишите, что собрать, и возвращайтесь: /survey.`,
  pmfQuestion: (bonus: number): Html => html`<b>Три коротких вопроса, и у вас ещё ${cartsToGet(bonus)}</b>

1/3. Если бы ботом больше нельзя было пользоваться, вы бы…`,
  pmf: { very: 'очень расстроились', somewhat: 'немного расстроились', not: 'не расстроились' } satisfies Record<
    Pmf,
    string
  >,
  featureQuestion: html`2/3. Что в боте полезнее всего?`,
  feature: {
    search: 'поиск продуктов',
    recipe: 'продукты по рецепту',
    cart: 'готовая корзина',
    other: 'другое',
  } satisfies Record<UsefulFeature, string>,
  feedbackQuestion: html`3/3. Что нам улучшить? Ответьте одним сообщением или нажмите кнопку. Контакты и личные данные писать не нужно.`,
  allFine: 'Всё отлично',
  skip: 'Пропустить',
  completed: (bonus: number, cartLimit: number): Html =>
    html`Спасибо, это очень помогает! Добавил ${cartsToGet(bonus)}, теперь всего доступно: ${cartLimit}. Что собрать?`,
  completedLater: html`Спасибо, ответы записаны! Корзины добавлю чуть позже: база данных сейчас недоступна.`,
  expired: 'Этот опрос устарел. Начните снова: /survey',
}
