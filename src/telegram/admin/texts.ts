import { type Html, html } from '../html.ts'
import { carts, counted } from '../wording.ts'

const period =
  'день, неделя, месяц, число дней (14), вчера, прошлая неделя, февраль, с 1 по 7 февраля, 07.02-13.02 (можно today, week, month, 14d)'

export const texts = {
  help: (commands: Html) => html`<b>Команды администратора</b>

${commands}

Период: ${period}.`,
  badPeriod: (command: string) =>
    html`Период: ${period}. Примеры: <code>/${command} week</code>, <code>/${command} прошлая неделя</code>, <code>/${command} с 1 по 7 февраля</code>`,
  badSource: html`Источник: habr, vc, telegram, referral или organic (хабр, телеграм, друзья, сами). Примеры: <code>/admin_funnel week habr</code>, <code>/admin_funnel февраль друзья</code>`,
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
  change: {
    running: 'День ещё идёт: сравнить его можно будет завтра.',
    nothingBefore: 'Сравнить не с чем: до этого периода событий ещё не было или они уже удалены.',
    legend: (now: string, before: string) =>
      `▲ ▼ – ${now} против ${before}, только законченные дни. ≈ – в пределах шума.`,
  },
  buttons: {
    today: 'Сегодня',
    week: 'Неделя',
    month: 'Месяц',
    weeks: (n: number) => counted(n, ['неделя', 'недели', 'недель']),
  },
  chart: {
    daily: 'Люди, корзины и GMV по дням',
    funnel: 'Воронка',
    cohorts: 'Когорты по неделям',
    demo: 'Вместе с демо-историей песочницы',
  },
}
