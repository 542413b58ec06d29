import { stageLabels } from '../../../src/analytics/dictionary.ts'
import { errorTypeLabels, upstreamLabels } from '../../../src/analytics/error-labels.ts'
import type { FunnelStage } from '../../../src/analytics/numbers.ts'
import type { EventErrorType } from '../../../src/errors.ts'
import type { EventType, Pmf, Source, UsefulFeature } from '../../../src/events/catalogue.ts'
import type { DayNumber } from '../../../src/reconcile/day-reading.ts'
import type { LogEvent } from '../../../src/telemetry/log-catalogue.ts'

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

/** What each event of the log is called. */
export const logEvents: Readonly<Record<LogEvent, string>> = {
  bot_started: 'Бот запущен',
  bot_stopping: 'Бот останавливается',
  bot_stopped: 'Бот остановлен',
  startup_failed: 'Бот не запустился',
  uncaught_error: 'Процесс упал',
  setting_warning: 'Настройка требует внимания',
  update_handled: 'Обновление',
  update_failed: 'Не удалось ответить',
  llm_usage: 'Ход модели',
  tool_call: 'Функция',
  upstream_call: 'Вызов',
  upstream_retry: 'Повтор вызова',
  upstream_failed: 'Сбой вызова',
  circuit_opened: 'Сервис не вызываем',
  schema_drift: 'Сервис изменил ответы',
  business_event: 'Событие',
  message_recorded: 'Сообщение учтено',
  events_waiting: 'События ждут базу',
  events_recovered: 'События дошли до базы',
  events_lost: 'События потеряны',
  fact_refused: 'База не приняла событие',
  dialogue_degraded: 'История разговора недоступна',
  maintenance: 'Обслуживание',
  maintenance_failed: 'Сбой обслуживания',
  admin_action: 'Действие администратора',
  http_failed: 'Сбой нашего HTTP',
  logs_waiting: 'Строки ждут Loki',
  logs_lost: 'Строки потеряны',
}
