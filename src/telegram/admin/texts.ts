import { type Html, html } from '../html.ts'
import { carts } from '../wording.ts'

const period = 'день, неделя, месяц или число дней, например 14 (можно today, week, month, 14d)'

export const texts = {
  help: (commands: Html) => html`<b>Команды администратора</b>

${commands}

Период: ${period}.`,
  badPeriod: (command: string) => html`Период: ${period}. Пример: <code>/${command} week</code>`,
  badSource: html`Источник: habr, vc, telegram, referral или organic. Пример: <code>/admin_funnel week habr</code>`,
  badWeeks: html`Число недель от 1 до 52. Пример: <code>/admin_cohorts 8</code>`,
  badUser: (command: string) => html`Нужен номер аккаунта. Пример: <code>/${command} 123456789</code>`,
  badGrant: html`Нужны номер аккаунта и число корзин от 1 до 100. Пример: <code>/admin_grant_carts 123456789 3</code>`,
  unknownUser: (id: number) => html`Человека <code>${id}</code> бот не знает.`,
  notOneself: html`Себя и других администраторов заблокировать нельзя.`,
  blocked: (id: number) => html`Заблокирован: <code>${id}</code>. Вернуть: <code>/admin_unblock ${id}</code>`,
  unblocked: (id: number) => html`Разблокирован: <code>${id}</code>.`,
  granted: (id: number, n: number, limit: number) =>
    html`<code>${id}</code>: добавлено ${carts(n)}, теперь всего ${limit}.`,
  reset: (id: number, left: number): Html =>
    html`<code>${id}</code>: снова доступно ${carts(left)}. Собранные корзины остаются в статистике.`,
  eraseQuestion: (id: number) =>
    html`Удалить все данные человека <code>${id}</code>? Вернуть их будет нельзя. Итоги прошлых дней не изменятся.`,
  eraseYes: 'Да, удалить',
  eraseNo: 'Нет',
  eraseKept: html`Ничего не удалено.`,
  eraseExpired: 'Кнопка устарела, повторите /admin_erase',
  erased: (id: number, events: number) =>
    html`Данные <code>${id}</code> удалены, событий: ${events}. Журналы исчезнут в течение 30 дней.`,
  receiptSent: html`Человек получил подтверждение.`,
  receiptRefused: html`Подтверждение человеку доставить не удалось.`,
  eraseLater: (id: number) =>
    html`Удаление <code>${id}</code> записано и пройдёт само, как только база данных сможет его выполнить.`,
  chart: {
    daily: 'Люди, корзины и GMV по дням',
    funnel: 'Воронка',
    cohorts: 'Когорты по неделям',
    demo: 'Вместе с демо-историей песочницы',
  },
}
