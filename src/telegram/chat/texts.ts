import type { Progress } from '../../assistant/assistant.ts'
import type { QueuePlace } from '../../assistant/model/stream-queue.ts'
import type { RatingReason } from '../../users/cart-rating.ts'
import { type Html, html, joinHtml } from '../html.ts'
import { waitText } from '../wording.ts'

export const texts = {
  onlyText: html`Читаю только текст. Напишите словами, что собрать, например <i>«молоко, хлеб и сыр»</i>.`,
  onlyTextVoice: html`Голосовые пока не понимаю — напишите словами, например <i>«молоко, хлеб и сыр»</i>.`,
  databaseDown: (support: Html) =>
    html`У меня временные неполадки. Повторите, пожалуйста, через пару минут.\n\n${support}`,
  tooLong: html`<i>Сообщение длинное, прочитал только первые 4096 знаков.</i>`,
  nothingToSay: html`Не получилось составить ответ. Попробуйте сказать иначе или начните заново: /reset.`,
  cheaper: 'Дешевле',
  change: 'Изменить',
  again: 'Повторить',
  askCheaper: 'Сделай корзину дешевле',
  askAgain: 'Повтори прошлый заказ',
  askCheaperOf: (lines: string) => `Собери корзину подешевле:\n${lines}`,
  askAgainOf: (lines: string) => `Собери корзину:\n${lines}`,
  askChange: html`Что изменить в корзине? Например: <i>«убери сыр, добавь масло»</i>.`,
  changePlaceholder: 'Что изменить?',
  changeOf: (wish: string) => `Измени корзину: ${wish}`,
  notTheLast: 'Это уже не последняя корзина. Нажмите «Повторить», и её можно будет изменить.',
  tooOld: 'Эта корзина слишком старая: её состав я уже не помню. Напишите, что собрать.',
  ratingReasons: {
    expensive: 'Дорого',
    wrong: 'Не те товары',
    missing: 'Чего-то нет',
    extra: 'Много лишнего',
    other: 'Другое',
  } satisfies Record<RatingReason, string>,
  askReason: 'Что не так? Выберите причину',
  rated: 'Спасибо, записал',
  notRated: 'Оценка не записалась. Нажмите ещё раз через минуту',
  ratedUnknown: 'Этой корзины у меня больше нет, оценить её нельзя',
  brokenOff: (support: Html) =>
    html`<i>Закончить не удалось, простите: часть просьбы могла остаться без ответа.</i>\n\n${support}`,
  linkFailed: (list: Html, total: Html, support: Html) =>
    html`Список готов, а ссылку ВкусВилл пока не отдаёт. Вот что нашлось:\n\n${list}\n\n${total}\n\n${support}`,
  makeLink: 'Собрать ссылку',
  unfinishedExpired: 'Этот запрос уже выполнен или забыт. Напишите его ещё раз',
  pressedBefore: 'Уже отвечал на эту кнопку: смотрите ниже',
  asked: (text: string) => html`<blockquote>${text}</blockquote>`,
  repeated: html`Эту корзину я уже собрал по вашему сообщению:`,
  defaultIntro: html`Готово, собрал корзину:`,
  openCart: 'Открыть корзину',
  badLink: html`Ссылка на корзину получилась неверной, поэтому я её не показываю. Попросите собрать корзину ещё раз.`,
  priceUnknown: 'цена на сайте',
  total: (sum: string, items: string) => html`<b>Итого ≈ ${sum}</b> · ${items}`,
  totalUnknown: (items: string) => html`<b>Итого посчитает сайт</b> · ${items}, не все цены известны`,
  changed: (list: Html) => html`<b>Изменилось:</b> ${list}`,
  unchanged: html`<b>Ничего не изменилось:</b> состав прежний, ссылка тоже.`,
  corrections: html`Поправил количество:`,
  notFound: (names: string) => html`Не нашёл: ${names}.`,
  budgetKept: (budget: string) => html`В бюджет ${budget} уложился.`,
  budgetExceeded: (budget: string) => html`Уложиться в ${budget} не вышло.`,
  budgetUnknown: (budget: string) => html`Уложился ли в ${budget}, станет ясно на сайте.`,
  unchecked: html`⚠️ Состав этих товаров магазин не указал, проверьте на упаковке:`,
  larder: (names: string) => html`Есть ли дома: ${names}? Их в корзине нет.`,
  larderNames: /Есть ли дома: (?<names>.+?)\? Их в корзине нет\./u,
  addLarder: 'Добавить и это',
  addLarderRequest: (names: string | null) =>
    names === null ? 'Добавь в корзину то, что обычно есть дома' : `Добавь в корзину: ${names}`,
  recipe: (dish: string, steps: readonly string[]) =>
    joinHtml([html`<b>Как готовить: ${dish}</b>`, ...steps.map((step, i) => html`${i + 1}. ${step}`)], '\n'),
  unjudged: (restrictions: string) =>
    html`⚠️ По ограничению «${restrictions}» товары проверить не умею: сверьте, пожалуйста, составы.`,
  restrictionsUnread: html`⚠️ Записанные ограничения сейчас не прочитать, поэтому товары по ним не проверены.`,
  allergy: html`⚠️ Отсутствие аллергенов не гарантирую: проверьте состав на упаковке или в карточке товара.`,
  cartsLeft: (left: number, ways: string) => html`Осталось корзин: ${left} (правки не считаются).${ways}`,
  cartsUsedUp: (used: string, ways: string) => html`Бесплатные корзины закончились${used}. ${ways}`,
  waysSurvey: (survey: string, referral: number) =>
    `Три вопроса — и ещё ${survey}; друг с первой корзиной — ещё ${referral}.`,
  waysFriend: (referral: string) => `Друг с первой корзиной — ещё ${referral}.`,
  disclaimer: html`<i>Цены и наличие уточнит сайт.</i>`,
  takeSurvey: 'Пройти опрос',
  inviteFriend: 'Пригласить друга',
  inviterPaid: (bonus: string, left: number) =>
    html`Ваш друг собрал первую корзину 🎉 Добавил вам ${bonus}. Осталось корзин: ${left}.`,
  stop: 'Стоп',
  stopping: 'Останавливаюсь…',
  nothingToStop: 'Этот запрос больше не выполняется',
  nothingInFlight: html`Сейчас я ничего не собираю, останавливать нечего.`,
  stopped: html`Остановился, корзину не собирал. Напишите, что собрать, когда захотите.`,
  stoppedWithCart: html`Остановился, но эту корзину уже успел собрать:`,
  /** Where the request stands in the queue for the model. */
  queued: ({ ahead, waitMs }: QueuePlace): string => `⏳ Вы ${ahead + 1}-й в очереди, примерно ${waitText(waitMs)}`,
  /** What is done now; `isSlow` after a quarter of a minute. */
  progress: (progress: Progress, isSlow = false): string =>
    `${stageText(progress)}${isSlow ? '\nЭто дольше обычного, но я продолжаю.' : ''}`,
}

function stageText(progress: Progress): string {
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
}
