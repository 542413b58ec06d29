import type { UserState } from '../../users/user-state.ts'
import { cartsLeft } from '../carts-left.ts'
import type { AllowanceSettings } from '../conversation.ts'
import { type Html, html } from '../html.ts'
import { maySurvey } from '../survey/may-survey.ts'
import { cartsToGet } from '../wording.ts'

const leftLine = (user: UserState): Html =>
  cartsLeft(user) > 0
    ? html`Осталось корзин: ${cartsLeft(user)}.`
    : html`Бесплатные корзины закончились. Ещё можно получить: ${maySurvey(user) ? '/survey или /invite' : '/invite'}.`

export const texts = {
  /** What is left is shown to a user who has less, or more, than a new one. */
  greeting: (user: UserState | null, { cartLimit }: AllowanceSettings) =>
    html`Привет! Напишите, что хочется съесть, — найду продукты во <b>ВкусВилле</b> и пришлю готовую корзину.${user === null || cartsLeft(user) === cartLimit ? '' : html`\n\n${leftLine(user)}`}`,
  welcomeBack: (user: UserState) => html`С возвращением! Напишите, что собрать, или выберите пример.

${leftLine(user)}`,
  friendCame: (bonus: number) =>
    html`По вашей ссылке пришёл друг 🎉 Когда он соберёт первую корзину, вы получите ещё ${cartsToGet(bonus)}.`,
}
