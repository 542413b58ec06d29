import type { AllowanceSettings } from '../conversation.ts'
import { html } from '../html.ts'
import { carts, cartsToGet } from '../wording.ts'

export const texts = {
  greeting: ({
    cartLimit,
    surveyBonus,
    referralBonus,
  }: AllowanceSettings) => html`Здравствуйте! Я собираю корзины во <b>ВкусВилле</b>: напишите, что хочется съесть, а я найду продукты, посчитаю сумму и пришлю ссылку на готовую корзину.

Например:
• <i>собери завтрак: молоко, хлеб, сыр</i>
• <i>продукты для борща на четверых</i>
• <i>ужин на двоих до 1000 рублей</i>

${cartLimit === 0 ? html`Корзины открываются за опрос и приглашения` : html`Для начала у вас <b>${carts(cartLimit)}</b> бесплатно`}. За короткий опрос добавлю ещё ${cartsToGet(surveyBonus)} (/survey), за друга, который соберёт первую корзину, ${cartsToGet(referralBonus)} (/invite).

Это неофициальный помощник. Цены и наличие уточняются на сайте, заказ оформляете вы сами.`,
  welcomeBack: (left: number) => html`С возвращением! Напишите, что собрать, и я подберу продукты во <b>ВкусВилле</b>.

${left > 0 ? html`У вас осталось: ${carts(left)}.` : html`Бесплатные корзины закончились. Ещё можно получить: /survey или /invite.`} Как всё устроено: /help.`,
  friendCame: (bonus: number) =>
    html`По вашей ссылке пришёл друг 🎉 Когда он соберёт первую корзину, вы получите ещё ${cartsToGet(bonus)}.`,
}
