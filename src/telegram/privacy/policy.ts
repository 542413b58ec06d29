import { createHash } from 'node:crypto'
import { type Html, html, joinHtml } from '../html.ts'

/** Version of the consent text. It rises with every change of the text; then every user is asked again. */
export const consentVersion = '2026-11-26'

/** Who reads what users write, besides the bot. */
export interface ModelReaders {
  /** False if another model is the only one. */
  gigachat: boolean
  /** Host of the service of another model; undefined without one. */
  otherHost: string | undefined
}
export const onlyGigaChat: ModelReaders = { gigachat: true, otherHost: undefined }

/** The version a user agrees to: another reader makes another version, so that every user is asked again. */
export const versionFor = ({ gigachat, otherHost }: ModelReaders): string =>
  otherHost === undefined
    ? consentVersion
    : `${consentVersion}-${createHash('sha256').update(`${gigachat} ${otherHost}`).digest('hex').slice(0, 8)}`

/** The readers in words; `gigachat` is GigaChat with or without its owner's full name. */
function nameReaders(readers: ModelReaders, gigachat: string): string {
  if (readers.otherHost === undefined) return gigachat
  return readers.gigachat
    ? `${gigachat}, а когда он недоступен – языковая модель на ${readers.otherHost}`
    : `языковая модель на ${readers.otherHost}`
}

/** The facts of processing, once: the consent text and /privacy are both made of them. */
const policy = {
  purpose: 'чтобы понять просьбу, подобрать продукты и собрать корзину',
  recipients: ['названия продуктов и состав корзины: ВкусВилл, без сведений о вас'],
  stored: [
    'номер вашего аккаунта Telegram, ссылка, по которой вы пришли, счётчики и оценки корзин, ответы опроса, пищевые предпочтения и ограничения: пока вы их не удалите',
    'сообщение, на которое бот ещё не ответил: зашифрованным, до ответа',
    'если очередь была слишком длинной и бот просил написать позже: номер аккаунта и время отказа, вашей просьбы напомнить и напоминания: 30 дней',
    'разговор с ботом и последняя корзина: 24 часа',
    'события (запуск, поиск, корзина, без текста сообщений): 12 месяцев; события старше трёх месяцев могут храниться и дольше, в отдельных файлах: под случайным псевдонимом вместо номера аккаунта и без слов, которые вы писали',
    'технические журналы без текста сообщений и без номера аккаунта, под случайным псевдонимом: 30 дней',
  ],
  notStored:
    'Имя, телефон и адрес бот не спрашивает и не хранит. Не пишите их в запросах. Те, что бот узнал в сообщении, поисковом запросе, предпочтении, ограничении или отзыве, он заменяет пометками, прежде чем что-то записать или передать языковой модели, а ВкусВиллу не передаёт вовсе.',
  withdraw: 'Отозвать согласие: /privacy. Удалить все данные: /delete_me.',
}

const list = (items: readonly string[]): Html =>
  joinHtml(
    items.map(item => html`• ${item}`),
    '\n',
  )
const recipients = (readers: ModelReaders): Html =>
  list([
    `текст запроса и недавнего разговора, без адресов, телефонов, номеров карт и имён, которые бот распознал: ${nameReaders(readers, 'GigaChat (ПАО Сбербанк)')}; там его читает нейросеть`,
    ...policy.recipients,
  ])
const operator = (contact: string | undefined): Html =>
  contact === undefined
    ? html`Данные обрабатывает владелец этого бота.`
    : html`Данные обрабатывает владелец этого бота, связь: ${contact}.`

/** The question for consent, on one phone screen with the greeting: shown before anything a user writes reaches the model. */
export const shortConsent = (readers: ModelReaders): Html => html`<b>Согласие на обработку данных</b>

Прежде чем начать: ваш запрос прочитает ${nameReaders(readers, 'GigaChat (Сбер)')}, названия продуктов уйдут во ВкусВилл. Имя, телефон и адрес не храню; переписку — 24 часа. Нажимая «Согласен», вы принимаете условия (14+).`

/** The whole text behind it, a document of its own. */
export const consentText = (
  contact: string | undefined,
  readers: ModelReaders,
): Html => html`<b>Согласие на обработку данных</b>

${operator(contact)}

<b>Зачем:</b> ${policy.purpose}.

<b>Кто получит:</b>
${recipients(readers)}

<b>Что хранится и сколько:</b>
${list(policy.stored)}

${policy.notStored}

Сведения об аллергиях и питании могут касаться здоровья: сообщайте их, только если хотите, чтобы бот их учитывал. Пользоваться ботом можно с 14 лет.

${policy.withdraw}

Это неофициальный помощник: заказ вы оформляете сами, цены и наличие уточняет сайт.

Нажимая кнопку, вы соглашаетесь на такую обработку (редакция ${versionFor(readers)}).`

/** The answer to /privacy. */
export const privacyText = (contact: string | undefined, readers: ModelReaders): Html => html`<b>Ваши данные</b>

${operator(contact)}

<b>Зачем:</b> ${policy.purpose}; обезличенные события помогают понять, чем пользуются и что ломается.

<b>Кто получает:</b>
${recipients(readers)}

<b>Что хранится и сколько:</b>
${list(policy.stored)}

${policy.notStored}

<b>Ваши права:</b> узнать, что о вас известно (/me), отозвать согласие (кнопка ниже), удалить всё (/delete_me). После удаления остаётся только необратимый отпечаток номера аккаунта с числом оставшихся корзин и отметками, что был /start, пройден опрос или есть блокировка, чтобы бесплатное нельзя было получить заново; в файлах старых событий – строки под псевдонимом, который больше ни с кем не связан, до следующей выгрузки.`
