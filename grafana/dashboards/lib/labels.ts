import { stageLabels } from '../../../src/analytics/dictionary.ts'
import { errorTypeLabels, upstreamLabels } from '../../../src/analytics/error-labels.ts'
import type { FunnelStage } from '../../../src/analytics/numbers.ts'
import type { EventErrorType } from '../../../src/errors.ts'
import type { EventType, Pmf, Source, UsefulFeature } from '../../../src/events/catalogue.ts'
import type { DayNumber } from '../../../src/reconcile/day-reading.ts'

/** Labels, for operators, of the code's closed sets; a new value does not compile until it has one. */

export const stages: Readonly<Record<FunnelStage, string>> = stageLabels

export const sources: Readonly<Record<Source, string>> = {
  habr: 'Хабр',
  vc: 'vc.ru',
  telegram: 'Telegram',
  referral: 'Друзья',
  organic: 'Сами нашли',
}

export const pmf: Readonly<Record<Pmf, string>> = {
  very: 'Очень расстроюсь',
  somewhat: 'Немного расстроюсь',
  not: 'Не расстроюсь',
}

export const features: Readonly<Record<UsefulFeature, string>> = {
  search: 'Поиск',
  recipe: 'Рецепты',
  cart: 'Корзина',
  other: 'Другое',
}

export const events: Readonly<Record<EventType, string>> = {
  bot_start: 'Запуск бота',
  cart_created: 'Корзина',
  cart_limit_reached: 'Лимит корзин',
  session_start: 'Начало сессии',
  survey_completed: 'Опрос',
  product_search: 'Поиск товара',
  bot_error: 'Ошибка',
}

export const dayNumbers: Readonly<Record<DayNumber, string>> = {
  carts: 'Корзины',
  errors: 'Ошибки',
  messages: 'Сообщения',
  llm_calls: 'Вызовы модели',
  tokens: 'Токены',
  cost_rub: 'Рубли модели',
}

export const errorTypes: Readonly<Record<EventErrorType, string>> = errorTypeLabels
export const upstreams: Readonly<Record<string, string>> = upstreamLabels
