import type { ToolName } from '../../../src/assistant/tools/tool.ts'
import type { scenarios } from '../../../src/events/catalogue.ts'
import { alertFiles } from '../../../src/telemetry/alerts/catalogue/catalogue.ts'
import { dayNumbers, events, logEvents } from './labels.ts'

const scenarioNames: Readonly<Record<(typeof scenarios)[number], string>> = {
  search: 'поиск',
  recipe: 'рецепт',
  budget: 'бюджет',
  mixed: 'смешанный',
}

const toolNames: Readonly<Record<ToolName, string>> = {
  vkusvill_products_search: 'поиск товаров',
  vkusvill_product_details: 'состав товара',
  vkusvill_cart_link_create: 'корзина',
  recipe_ingredients: 'рецепт',
  nutrition_calculate: 'калории',
  user_preferences_get: 'прочесть предпочтения',
  user_preferences_set: 'запомнить предпочтение',
  user_preferences_delete: 'забыть предпочтение',
  user_restrictions: 'ограничения в еде',
}

const reasons = {
  auth: 'не принят ключ',
  bad_request: 'неверный запрос',
  circuit_open: 'предохранитель открыт',
  network: 'сеть',
  payment: 'кончились деньги',
  rate_limit: 'просят реже',
  server: 'ошибка сервиса',
  shape: 'ответ не разобрать',
  timeout: 'не дождались',
  // of 👎
  expensive: 'дорого',
  extra: 'лишнее',
  missing: 'чего-то нет',
  other: 'другое',
  wrong: 'не то',
  // of events and log lines that are lost
  none: 'без причины',
  overflow: 'не хватило места',
  refused: 'не приняли',
  damaged: 'повреждено на диске',
  disk: 'диск',
  rejected: 'не принял Loki',
  spool_full: 'очередь полна',
  stream_limit: 'лимит Loki',
  undeclared: 'нет в каталоге',
  unreadable: 'файл не прочесть',
  unwritable: 'не записать на диск',
  worker: 'сбой отправки',
  vanished: 'файл исчез',
}

const updateTypes = {
  callback_query: 'кнопки',
  command: 'команды',
  edited_message: 'правки',
  message: 'сообщения',
  my_chat_member: 'блокировки',
  other: 'прочее',
  stopped_message_generation: 'остановки',
}

/** What the chat calls each alert. A summary that names something of its own does so only there: «Prometheus не видит …». */
const alerts = Object.fromEntries(
  Object.values(alertFiles)
    .flatMap(({ groups }) => Object.values(groups).flatMap(rules => Object.entries(rules)))
    .map(([name, { summary }]) => [name, summary.replace(/\{.*\}/, '…')]),
)

/** The code's own values of labels by the label, in words; a label of which the values are names already is not here. */
const values: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  alert: alerts,
  alertname: alerts,
  cap: {
    user_soft: 'мягкий, пользователя',
    day_soft: 'мягкий, дня',
    user_hard: 'жёсткий, пользователя',
    day_hard: 'жёсткий, дня',
  },
  channel: { chat: 'чат', telegram: 'Telegram', email: 'почта', webhook: 'webhook' },
  component: {
    analytics: 'аналитика',
    answers: 'ответы',
    carts: 'корзины',
    cost: 'расходы',
    events: 'события',
    gigachat: 'GigaChat',
    logs: 'логи',
    monitoring: 'наблюдение',
    openai: 'вторая модель',
    postgres: 'PostgreSQL',
    process: 'процесс',
    shop: 'ВкусВилл',
    telegram: 'Telegram',
  },
  check: {
    telegram: 'Telegram',
    postgres: 'PostgreSQL',
    events: 'события в базу',
    shop: 'ВкусВилл',
    redis: 'Redis',
    'job bot': 'бот',
    'job prometheus': 'Prometheus',
    'job loki': 'Loki',
    'job alertmanager': 'Alertmanager',
  },
  event: logEvents,
  event_type: events,
  function_name: { ...toolNames, words: 'ответ словами' },
  gen_ai_token_type: { input: 'запрос', output: 'ответ' },
  level: {
    debug: 'отладка',
    info: 'обычные',
    warn: 'предупреждения',
    warning: 'предупреждения',
    error: 'ошибки',
    fatal: 'крах',
    critical: 'крах',
  },
  number: dayNumbers,
  outcome: {
    aborted: 'прервано',
    answered: 'ответили',
    blocked: 'человек закрыл бота',
    busy: 'слишком много сразу',
    duplicate: 'повтор, ответ уже был',
    error: 'ошибка',
    failed: 'не удалось',
    ignored: 'не для нас',
    left: 'отложено до запуска',
    limited: 'просят реже',
    moot: 'сообщения уже нет',
    not_sent: 'не отправлено',
    ok: 'успешно',
    rate_limited: 'просят реже',
    refused: 'отказали',
    rejected: 'не приняли',
    repeated: 'повтор',
    sent: 'отправлено',
    throttled: 'просили подождать',
    timeout: 'не дождались',
    unavailable: 'сервис лежит',
    unexpected: 'неожиданный ответ',
    unreachable: 'недоступно',
    wanted: 'попросили',
    withheld: 'удержано',
  },
  place: { disk: 'на диске', memory: 'в памяти' },
  reason: reasons,
  scenario: scenarioNames,
  severity: { critical: 'срочно', warning: 'внимание', info: 'к сведению' },
  source: { loki: 'Loki', prometheus: 'Prometheus' },
  state: { busy: 'заняты', idle: 'свободны', waiting: 'ждут', in_flight: 'в работе', quarantined: 'отложены' },
  tool: toolNames,
  type: {
    billable: 'к оплате',
    prompt: 'запрос',
    completion: 'ответ',
    precached: 'из кэша',
    ...updateTypes,
  },
  update_type: updateTypes,
  upstream: { loki: 'Loki', prometheus: 'Prometheus' },
  version: { first: 'новые', correction: 'исправления' },
}

/** What each series of a legend such as `ждут: {{place}}` is called, by the name that Grafana would give it. */
export function namesOf(legend: string): Record<string, string> {
  const label = /\{\{(\w+)\}\}/.exec(legend)?.[1]
  const known = label === undefined ? undefined : values[label]
  if (label === undefined || known === undefined) return {}
  return Object.fromEntries(
    Object.entries(known).flatMap(([value, name]): [string, string][] => {
      const [raw, russian] = [value, name].map(each => legend.replace(`{{${label}}}`, each))
      if (raw === undefined || russian === undefined) return []
      const further = namesOf(raw)
      if (Object.keys(further).length === 0) return [[raw, russian]]
      return Object.entries(further).map(([each, rest]): [string, string] => [each, rest.replace(value, name)])
    }),
  )
}

/** Values that a label can have, with their names in Russian; none where they are names already. */
export const namesOfValues = (label: string): Readonly<Record<string, string>> => values[label] ?? {}

/** What the column of a label is called. */
const columns: Readonly<Record<string, string>> = {
  alertname: 'Тревога',
  component: 'Где',
  err_type: 'Класс ошибки',
  event: 'Событие',
  outcome: 'Исход',
  request_id: 'Запрос',
  severity: 'Важность',
  update_type: 'Что пришло',
  user_id: 'Человек',
}

/** Throws for a label that no column has a name for. */
export function columnOf(label: string): string {
  const name = columns[label]
  if (name === undefined) throw new TypeError(`the column of the label ${label} has no name: see series-names.ts`)
  return name
}
