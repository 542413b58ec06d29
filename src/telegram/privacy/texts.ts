import type { EraseOutcome } from '../../events/facts.ts'
import type { UserState } from '../../users/user-state.ts'
import type { Restriction } from '../../users/users.ts'
import { cartsLeft } from '../carts-left.ts'
import { type Html, html } from '../html.ts'
import { counted } from '../wording.ts'

const kindNames = { diet: 'питание', allergy: 'аллергия', dislike: 'не ем' } as const

const restrictionsLine = (restrictions: readonly Restriction[] | null): string => {
  if (restrictions === null) return 'Ограничения в еде: сейчас не прочитать'
  if (restrictions.length === 0) return 'Ограничения в еде: не записаны'
  return `Ограничения в еде: ${restrictions.map(({ kind, value }) => `${kindNames[kind]} – ${value}`).join('; ')}.`
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

export const texts = {
  agree: 'Согласен',
  more: 'Подробнее',
  consentAbove: html`Чтобы ответить, нужно согласие — оно выше.`,
  withdraw: 'Отозвать согласие',
  consentGiven: html`Спасибо! Согласие записано. Напишите, что собрать, или выберите пример.`,
  consentGivenGoOn: html`Спасибо! Согласие записано — берусь за ваш запрос.`,
  consentChanged: 'Текст согласия обновился, прочитайте новый',
  consentWithdrawn: html`Согласие отозвано. Ваши сообщения больше никуда не передаются, разговор забыт. Захотите вернуться — просто напишите. Удалить остальное: /delete_me.`,
  consentRecordedLater: html`Записал. Из-за неполадок изменение вступит в силу чуть позже: ничего повторять не нужно.`,
  unknown: html`Мы ещё не знакомы. Нажмите /start.`,
  me: (
    user: UserState,
    consentIsCurrent: boolean,
    restrictions: readonly Restriction[] | null,
  ): Html => html`<b>Что я о вас знаю</b>

Номер аккаунта: <code>${user.userId}</code>
Корзины: использовано ${user.cartsCreated} из ${user.cartLimit}, осталось ${cartsLeft(user)}
Опрос: ${user.surveyCompleted ? 'пройден' : 'не пройден (/survey)'}
Согласие на обработку данных: ${consentIsCurrent ? 'дано' : user.consentVersion === null ? 'не дано' : 'дано на прежнюю редакцию'}
${restrictionsLine(restrictions)}
Знакомы: ${user.daysSinceRegistration === 0 ? 'с сегодняшнего дня' : counted(user.daysSinceRegistration, ['день', 'дня', 'дней'])}

Подробности: /privacy. Удалить всё: /delete_me.`,
  restriction: ({ kind, value }: Restriction) =>
    kind === 'diet' ? capitalised(value) : `${capitalised(kindNames[kind])}: ${value}`,
  removeRestriction: ({ kind, value }: Restriction) => `✕ ${capitalised(kindNames[kind])}: ${value}`,
  addRestriction: '＋ Добавить ограничение',
  chooseRestriction: html`<b>Что учитывать в каждой корзине?</b>

Нажмите на ограничение. Другое напишите мне словами, например: <i>аллергия на киви</i>. Товары с ним в корзину не положу, но состав всегда проверяйте и сами.`,
  restrictionsBack: '← Назад',
  restrictionSaved: 'Записал',
  restrictionRemoved: 'Убрал',
  restrictionAbsent: 'Этого ограничения уже нет',
  restrictionNotNow: 'Сейчас не получится: нажмите /me ещё раз',
  restrictionsFull: 'Больше 50 не записать: сначала уберите лишнее',
  eraseQuestion: html`<b>Удалить все ваши данные?</b>

Пропадут счётчики, предпочтения, ответы опроса, история событий, разговор и ссылка для друзей. Вернуть их будет нельзя. Бесплатные корзины заново не появятся.`,
  eraseYes: 'Да, удалить',
  eraseNo: 'Нет, оставить',
  eraseSure: html`Последний вопрос: точно удалить? Отменить потом не получится.`,
  eraseSureYes: 'Точно удалить',
  eraseKept: html`Хорошо, всё остаётся как было.`,
  eraseExpired: 'Кнопка устарела. Начните снова: /delete_me',
  erased: ({ events, preferences }: EraseOutcome): Html => html`<b>Ваши данные удалены</b>

Удалено: запись о вас и счётчики, ${counted(events, ['событие', 'события', 'событий'])}, ${counted(preferences, ['предпочтение', 'предпочтения', 'предпочтений'])}, оценки корзин, разговор, последняя корзина, ссылка для друзей, просьба о напоминании.

Осталось: необратимый отпечаток номера аккаунта с числом оставшихся корзин и отметками, что был /start, пройден опрос или есть блокировка; технические журналы без ваших сообщений и без номера аккаунта: чьи они, больше не узнать, и они исчезнут в течение 30 дней; в файлах старых событий – строки под псевдонимом, который больше ни с кем не связан, до следующей выгрузки. Сообщения в этом чате удаляете вы сами в Telegram.`,
  eraseLater: html`Запрос на удаление записан. Разговор уже забыт, остальное исчезнет, как только база данных сможет выполнить запрос: повторять его не нужно. Технические журналы без ваших сообщений и без номера аккаунта исчезнут в течение 30 дней.`,
  eraseFailed: (support: Html): Html =>
    html`Удалить данные сейчас не получилось, и запрос не записан: это наши неполадки. Разговор я уже забыл. Повторите /delete_me через несколько минут.\n\n${support}`,
}
