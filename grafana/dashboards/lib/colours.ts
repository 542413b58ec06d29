import { sources } from './labels.ts'

/**
 * The colour of a line, bar or column by what it means: the same on every dashboard. Green is well, orange is to be looked
 * at, red is broken; the other colours only distinguish things. What is not here gets Grafana's colours in order.
 */
const colours: Readonly<Record<string, string>> = {
  // users and what they do
  DAU: 'blue',
  Новые: 'purple',
  Сессии: 'light-blue',
  Сообщения: 'blue',
  Людей: 'blue',
  'Не дошли': 'light-red',
  Корзины: 'green',
  'С корзиной': 'green',
  'Средний чек': 'super-light-orange',
  GMV: 'orange',
  D1: 'blue',
  D7: 'purple',
  [sources.habr]: '#2cb5b5',
  [sources.vc]: 'purple',
  [sources.telegram]: 'blue',
  [sources.referral]: 'green',
  [sources.organic]: 'yellow',
  // money
  Модель: 'yellow',
  'На пользователя': 'light-yellow',
  'Доля от GMV': 'light-orange',
  // how it went
  'сутки назад': 'text',
  успешно: 'green',
  ответили: 'green',
  'не удалось': 'red',
  ошибка: 'red',
  'сервис лежит': 'dark-red',
  'неожиданный ответ': 'light-red',
  'не приняли': 'dark-orange',
  отказали: 'orange',
  'не дождались': 'light-red',
  'просят реже': 'light-orange',
  'просили подождать': 'light-orange',
  'слишком много сразу': 'light-orange',
  'не отправлено': 'dark-orange',
  'отложено до запуска': 'yellow',
  отправлено: 'green',
  попросили: 'blue',
  удержано: 'orange',
  прервано: 'purple',
  недоступно: 'light-purple',
  'человек закрыл бота': 'light-purple',
  повтор: 'light-blue',
  'повтор, ответ уже был': 'light-blue',
  'не для нас': 'super-light-blue',
  'сообщения уже нет': 'super-light-blue',
  отладка: 'light-blue',
  обычные: 'blue',
  предупреждения: 'orange',
  ошибки: 'red',
  крах: 'dark-red',
  Ошибки: 'red',
  'Доля ошибок': 'red',
}

/** That of «Loki: успешно» is that of «успешно». */
export const colourOf = (name: string): string | undefined => colours[name] ?? colours[name.split(': ').at(-1) ?? '']
export const colouredNames: readonly string[] = Object.keys(colours)
