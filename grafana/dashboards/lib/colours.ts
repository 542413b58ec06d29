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
  [sources.habr]: 'light-blue',
  [sources.vc]: 'purple',
  [sources.telegram]: 'blue',
  [sources.referral]: 'green',
  [sources.organic]: 'yellow',
  // money
  Модель: 'yellow',
  'На пользователя': 'light-yellow',
  'Доля от GMV': 'light-orange',
  // how it went
  Ошибки: 'red',
  'Доля ошибок': 'red',
}

export const colourOf = (name: string): string | undefined => colours[name]
export const colouredNames: readonly string[] = Object.keys(colours)
