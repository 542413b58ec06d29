import type { UserState } from '../../users/user-state.ts'
import type { AllowanceSettings } from '../conversation.ts'
import { type Html, html } from '../html.ts'
import { maySurvey } from '../survey/may-survey.ts'
import { carts, cartsToGet } from '../wording.ts'

/** What is left to a user; null (PostgreSQL down): what a new one gets. */
const allowanceLine = ({ cartLimit }: AllowanceSettings, user: UserState | null): Html => {
  const left = user === null ? cartLimit : user.cartLimit - user.cartsCreated
  if (left <= 0) return html`Бесплатных корзин сейчас нет`
  return user === null || left === cartLimit
    ? html`Для начала у вас <b>${carts(left)}</b> бесплатно`
    : html`У вас <b>${carts(left)}</b> бесплатно`
}
const surveyLine = (bonus: number, user: UserState | null): Html =>
  user?.surveyCompleted
    ? html``
    : html` За короткий опрос после первой корзины добавлю ещё ${cartsToGet(bonus)} (/survey).`

export const texts = {
  greeting: (
    settings: AllowanceSettings,
    user: UserState | null,
  ) => html`Здравствуйте! Я собираю корзины во <b>ВкусВилле</b>: напишите, что хочется съесть, а я найду продукты, посчитаю сумму и пришлю ссылку на готовую корзину.

Например:
• <i>собери завтрак: молоко, хлеб, сыр</i>
• <i>продукты для борща на четверых</i>
• <i>ужин на двоих до 1000 рублей</i>

${allowanceLine(settings, user)}.${surveyLine(settings.surveyBonus, user)} За друга, который соберёт первую корзину, добавлю ${cartsToGet(settings.referralBonus)} (/invite).

Это неофициальный помощник. Цены и наличие уточняются на сайте, заказ оформляете вы сами.`,
  welcomeBack: (
    user: UserState,
  ) => html`С возвращением! Напишите, что собрать, и я подберу продукты во <b>ВкусВилле</b>.

${user.cartLimit > user.cartsCreated ? html`У вас осталось: ${carts(user.cartLimit - user.cartsCreated)}.` : html`Бесплатные корзины закончились. Ещё можно получить: ${maySurvey(user) ? '/survey или /invite' : '/invite'}.`} Как всё устроено: /help.`,
  friendCame: (bonus: number) =>
    html`По вашей ссылке пришёл друг 🎉 Когда он соберёт первую корзину, вы получите ещё ${cartsToGet(bonus)}.`,
}
