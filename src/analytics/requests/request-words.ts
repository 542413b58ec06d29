import type { EventType } from '../../events/catalogue.ts'
import { count, none, rub } from '../show.ts'
import type { RequestEvent } from './request-store.ts'
import type { Step } from './steps.ts'
import type { RequestFailure } from './story.ts'

/** What operators read of a request: names of its steps, events and outcomes, and times. In chat, picture and terminal alike. */

const nbsp = '\u00A0'

const services: Readonly<Record<string, string>> = {
  telegram: 'Telegram',
  gigachat: 'GigaChat',
  openai: 'вторая модель',
  shop: 'ВкусВилл',
  postgres: 'PostgreSQL',
  redis: 'Redis',
  loki: 'Loki',
  prometheus: 'Prometheus',
}
const tools: Readonly<Record<string, string>> = {
  vkusvill_products_search: 'поиск',
  vkusvill_product_details: 'состав',
  vkusvill_cart_link_create: 'корзина',
  recipe_ingredients: 'рецепт',
  nutrition_calculate: 'КБЖУ',
  user_preferences_get: 'вкусы',
  user_preferences_set: 'новый вкус',
  user_preferences_delete: 'без вкуса',
  user_restrictions: 'запреты',
  unknown: 'чужая функция',
}
const calls: Readonly<Record<string, string>> = {
  sendMessage: 'сообщение',
  sendPhoto: 'картинка',
  sendDocument: 'файл',
  editMessageText: 'правка',
  editMessageReplyMarkup: 'кнопки',
  deleteMessage: 'удаление',
  answerCallbackQuery: 'отклик',
}
const waits: Readonly<Record<string, string>> = {
  inbox: 'ждало свободного бота',
  queue: 'своя очередь',
  stream: 'очередь к модели',
  together: 'ждали ещё слов',
}
const outcomes: Readonly<Record<string, string>> = {
  answered: 'Бот ответил',
  failed: 'Бот извинился',
  ignored: 'Отвечать было нечего',
  repeated: 'Повторная доставка: ответ был раньше',
  refused: 'Бот отказал: человек заблокирован или команда не для него',
  throttled: 'Бот попросил писать реже',
  busy: 'Бот попросил подождать: слишком много сообщений сразу',
  unreachable: 'Человек не принимает сообщений бота',
  left: 'Бот остановился и вернул сообщение Telegram',
}
const updates: Readonly<Record<string, string>> = {
  message: 'сообщение',
  command: 'команда',
  edited_message: 'правка сообщения',
  callback_query: 'кнопка',
  stopped_message_generation: 'остановка ответа',
  my_chat_member: 'бот включён или выключен',
}
const events: Readonly<Record<EventType, string>> = {
  bot_start: 'запуск',
  cart_created: 'корзина',
  cart_limit_reached: 'лимит корзин',
  session_start: 'начало сессии',
  survey_completed: 'опрос',
  product_search: 'поиск',
  bot_error: 'ошибка',
}

const wordOf = (words: Readonly<Record<string, string>>, name: string): string =>
  Object.hasOwn(words, name) ? (words[name] ?? name) : name

/** A value of a closed set as it stands in an event; null for anything else, which may be a text. */
const oneOf = (value: unknown): string | null =>
  typeof value === 'string' && /^[\w.-]{1,40}$/.test(value) ? value : null

const serviceWord = (name: string): string => wordOf(services, name)
export const outcomeWords = (outcome: string): string => wordOf(outcomes, outcome)
export const updateWord = (type: string): string => wordOf(updates, type)
export const eventWord = (type: string): string => wordOf(events, oneOf(type) ?? 'событие')

/** «модель 1 → поиск», «TG сообщение», «пауза GigaChat». */
export function stepWords({ kind, name, number }: Step): string {
  switch (kind) {
    case 'model':
      return `модель${number === null ? '' : ` ${number}`}${name === '' ? '' : ` → ${wordOf(tools, name)}`}`
    case 'tool':
      return wordOf(tools, name)
    case 'telegram':
      return `TG ${wordOf(calls, name)}`
    case 'wait':
      return wordOf(waits, name)
    case 'pause':
      return `пауза ${serviceWord(name)}`.trim()
    case 'service':
      return `сбой ${serviceWord(name)}`.trim()
  }
}

const notes: Readonly<Record<string, string>> = {
  cached: 'из памяти',
  refused: 'отказ',
  duplicate: 'повтор',
  unavailable: 'выключена',
  error: 'ошибка',
  moot: 'уже не нужно',
  rate_limited: 'слишком часто',
  timeout: 'нет ответа',
  blocked: 'бот закрыт',
  failed: 'сбой',
  aborted: 'прервано',
}

/** What to add to a step that did not simply succeed; empty for one that did. */
export const stepNote = ({ note, status }: Step): string =>
  [...(note === null ? [] : [wordOf(notes, note)]), ...(status === null ? [] : [String(status)])].join(' ')

/** «GigaChat, 500 (UpstreamError)». */
export const failureWords = ({ upstream, status, error }: RequestFailure): string => {
  const parts = [...(upstream === null ? [] : [serviceWord(upstream)]), ...(status === null ? [] : [String(status)])]
  return parts.length === 0 ? error : `${parts.join(', ')} (${error})`
}

/** 45 → «45 мс», 1840 → «1,8 с», 75400 → «75 с». */
export function duration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)}${nbsp}мс`
  return `${(ms < 9_950 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000))).replace('.', ',')}${nbsp}с`
}

const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)

/** An event with the numbers and closed sets of its metadata; no text that was written by a user. */
export function eventWords({ type, metadata: m }: RequestEvent): string {
  const word = eventWord(type)
  switch (type) {
    case 'cart_created': {
      const revision = number(m.revision) ?? 0
      const version = revision === 0 ? '' : `, исправление ${count(revision)}`
      return `${word} № ${count(number(m.cart_number))}${version}: товаров ${count(number(m.items_count))}, ${rub(number(m.total_sum))}`
    }
    case 'product_search':
      return `${word}: найдено ${count(number(m.results_count))}`
    case 'session_start':
      return `${word}: день ${count(number(m.day_number))}`
    case 'cart_limit_reached':
      return `${word}: ${count(number(m.carts_used))} из ${count(number(m.cart_limit))}`
    case 'bot_start':
      return `${word}: ${oneOf(m.source) ?? none}${m.is_new_user === true ? ', впервые' : ''}`
    case 'bot_error':
      return `${word} ${oneOf(m.error_type) ?? none}`
    case 'survey_completed':
      return `${word}: ${oneOf(m.pmf) ?? none}`
    default:
      return word
  }
}
