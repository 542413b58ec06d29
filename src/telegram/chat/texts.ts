import type { Progress } from '../../assistant/assistant.ts'
import { html } from '../html.ts'
import { counted } from '../wording.ts'

export const texts = {
  onlyText: html`Я понимаю только текст. Напишите, пожалуйста, словами, что собрать, например: <i>молоко, хлеб и сыр</i>.`,
  databaseDown: (requestId: string) =>
    html`У меня временные неполадки. Повторите, пожалуйста, через пару минут.\n\nЕсли повторится, напишите нам код <code>${requestId}</code>.`,
  tooLong: html`<i>Сообщение длинное, прочитал только первые 4096 знаков.</i>`,
  nothingToSay: html`Не получилось составить ответ. Попробуйте сказать иначе или начните заново: /reset.`,
  brokenOff: (requestId: string) =>
    html`<i>Закончить не удалось, простите: часть просьбы могла остаться без ответа. Код для связи:</i> <code>${requestId}</code>`,
  repeated: html`Эту корзину я уже собрал по вашему сообщению:`,
  defaultIntro: html`Готово, собрал корзину:`,
  openCart: 'Открыть корзину',
  badLink: html`Ссылка на корзину получилась неверной, поэтому я её не показываю. Попросите собрать корзину ещё раз.`,
  priceUnknown: 'цена неизвестна',
  total: (sum: string) => html`<b>Итого: ${sum}</b>`,
  totalUnknown: html`<b>Итого: сумму посчитает сайт</b> (не все цены известны)`,
  corrections: html`Поправил количество:`,
  notFound: (names: string) => html`Не нашёл: ${names}.`,
  budgetKept: (budget: string) => html`В бюджет ${budget} уложился.`,
  budgetExceeded: (budget: string) => html`Уложиться в ${budget} не вышло.`,
  budgetUnknown: (budget: string) => html`Уложился ли в ${budget}, станет ясно на сайте.`,
  unchecked: html`⚠️ Состав этих товаров магазин не указал, проверьте на упаковке:`,
  unjudged: (restrictions: string) =>
    html`⚠️ По ограничению «${restrictions}» товары проверить не умею: сверьте, пожалуйста, составы.`,
  restrictionsUnread: html`⚠️ Записанные ограничения сейчас не прочитать, поэтому товары по ним не проверены.`,
  allergy: html`⚠️ Отсутствие аллергенов не гарантирую: проверьте состав на упаковке или в карточке товара.`,
  cartsLeft: (number: number, limit: number) => {
    const left = Math.max(0, limit - number)
    if (left === 0)
      return html`Корзина ${number} из ${limit}, это была последняя. Ещё можно получить: /survey, /invite.`
    return html`Корзина ${number} из ${limit}, ${left === 1 ? 'осталась' : 'осталось'} ${counted(left, ['корзина', 'корзины', 'корзин'])}.`
  },
  disclaimer: html`<i>Наличие и точную сумму проверит сайт, когда откроете ссылку. Весовые товары взвесят при сборке.</i>`,
  limitReached: (used: number, limit: number, waysLeft: string) =>
    html`Вы использовали все корзины: ${used} из ${limit}. ${waysLeft}`,
  limitWaysSurvey: (survey: string, referral: string) =>
    `Короткий опрос добавит ${survey}, а друг, который соберёт первую корзину, ${referral}.`,
  limitWaysFriend: (referral: string) => `Друг, который соберёт первую корзину, добавит ${referral}.`,
  takeSurvey: 'Пройти опрос',
  inviteFriend: 'Пригласить друга',
  inviterPaid: (bonus: string, limit: number) =>
    html`Ваш друг собрал первую корзину 🎉 Добавил вам ${bonus}, теперь всего доступно: ${limit}.`,
  progress: (progress: Progress): string => {
    switch (progress.stage) {
      case 'thinking':
        return '🤔 Думаю над запросом…'
      case 'recipe':
        return '📖 Вспоминаю рецепт…'
      case 'searching':
        return `🔎 Ищу продукты… (${progress.searches})`
      case 'details':
        return '🔬 Читаю состав…'
      case 'cart':
        return '🧺 Собираю корзину…'
      case 'writing':
        return '✍️ Пишу ответ…'
    }
  },
}
