import { type AlertRule, unlessCause } from './rule.ts'

const failedCalls = (reason: string, window: string) =>
  `sum by (env) (increase(bot_llm_failures_total{gen_ai_provider_name!="openai", reason="${reason}"}[${window}]))`
const answeredCalls = (window: string) =>
  `sum by (env) (increase(gen_ai_client_operation_duration_seconds_count{gen_ai_provider_name!="openai", error_type=""}[${window}]))`
const inFlight = (over: 'min' | 'count') => `${over}_over_time(bot_llm_in_flight{gen_ai_provider_name="gigachat"}[1m])`
/** Two minutes notice a service that broke soon, five do not end between the few messages of a quiet hour. */
const failedMessages = (upstream: string) =>
  `(
  env:bot_messages_failed_by_${upstream}:ratio_rate2m > 0.3
  or env:bot_messages_failed_by_${upstream}:ratio_rate5m > 0.2
)
and on (env) sum by (env) (increase(bot_messages_failed_total{upstream="${upstream}"}[5m])) >= 3`

export const gigachat: Record<string, AlertRule> = {
  // By messages, not calls: a good message takes several calls, a failed one a single one. It also fires when the service is
  // asked all the time and answers nothing, and it ends only with an answer: no failures at night are no recovery.
  GigaChatFailing: {
    expr: `(
  ${failedMessages('gigachat')}
)
or (
  (sum by (env) (${inFlight('min')}) > bool 0) == 1
  and on (env) min by (env) (${inFlight('count')}) >= 4
  and on (env) ${answeredCalls('2m')} == 0
)
or (
  max by (env) (ALERTS{alertname="GigaChatFailing", alertstate="firing"})
  and on (env) ${answeredCalls('5m')} == 0
)`,
    for: '30s',
    severity: 'critical',
    component: 'gigachat',
    users: 'failed',
    summary: 'GigaChat не отвечает',
    description: 'Не удались {share} сообщений. За 5 минут без ответа: {users}.',
    firstStep: 'Первым делом: статус GigaChat, причины отказов, сертификат.',
    dashboard: 'llm',
  },
  GigaChatSlow: {
    expr: `env:gen_ai_client_operation_duration_seconds:p95_rate5m > 20
and on (env)
sum by (env) (increase(gen_ai_client_operation_duration_seconds_count{gen_ai_provider_name!="openai"}[10m])) >= 10
${unlessCause('10m')}`,
    for: '10m',
    severity: 'warning',
    component: 'gigachat',
    users: 'active',
    summary: 'GigaChat отвечает медленно',
    description:
      'Каждый двадцатый вызов модели длится {duration} и дольше, а на ответ их нужно несколько: ждут все, кто пишет.',
    firstStep: 'Смотреть: время модели по часам, очередь к ней, статус GigaChat.',
    dashboard: 'llm',
  },
  GigaChatLimited: {
    expr: `${failedCalls('rate_limit', '10m')} >= 3`,
    for: '5m',
    severity: 'warning',
    component: 'gigachat',
    summary: 'GigaChat ограничивает нас',
    description: 'За 10 минут {count:отказ|отказа|отказов} по лимиту. Страдают те, кто пишет в часы пик.',
    firstStep: 'Смотреть: очередь к модели, GIGACHAT_CONCURRENCY.',
    dashboard: 'llm',
  },
  // an answer of 402 or a refused key is certain: nothing is waited for, so that the cause comes before its symptoms
  GigaChatOutOfTokens: {
    expr: `${failedCalls('payment', '15m')} > 0\nunless on (env) ${answeredCalls('2m')} > 0`,
    for: '0s',
    severity: 'critical',
    component: 'gigachat',
    users: 'failed',
    summary: 'У GigaChat кончились токены',
    description:
      'Модель отвечает 402: пакет израсходован. Без второй модели (LLM_FALLBACK_URL) ответов не получает никто.',
    firstStep: 'Купить токены в личном кабинете GigaChat.',
    dashboard: 'llm',
  },
  GigaChatKeyRefused: {
    expr: `(
  sum by (env) (increase(bot_llm_auth_refreshes_total{outcome="refused"}[15m]))
  + on (env) ${failedCalls('auth', '15m')}
) > 0
unless on (env) ${answeredCalls('2m')} > 0`,
    for: '0s',
    severity: 'critical',
    component: 'gigachat',
    users: 'failed',
    summary: 'GigaChat не принимает ключ',
    description:
      'В доступе отказано: ключ отозван или не тот scope. Без второй модели (LLM_FALLBACK_URL) ответов не получает никто.',
    firstStep: 'Смотреть: GIGACHAT_CREDENTIALS и GIGACHAT_SCOPE.',
    dashboard: 'llm',
  },
  SecondModelAnswers: {
    expr: 'max by (env) (min_over_time(bot_llm_circuit_open[5m])) == 1',
    for: '5m',
    severity: 'warning',
    component: 'gigachat',
    summary: 'Вместо GigaChat отвечает вторая модель',
    description:
      'GigaChat отказывает, все ответы даёт модель из LLM_FALLBACK_MODEL, по её цене. Люди не страдают, пока отвечает она.',
    firstStep: 'Смотреть: причины отказов, статус GigaChat.',
    dashboard: 'llm',
  },
  SecondModelFailing: {
    expr: failedMessages('openai'),
    for: '30s',
    severity: 'critical',
    component: 'openai',
    users: 'failed',
    summary: 'Модель из LLM_FALLBACK_URL не отвечает',
    description:
      'Не удались {share} сообщений. Её спрашивают, когда молчит GigaChat или когда она единственная, так что вместо ответа люди видят извинение.',
    firstStep: 'Смотреть: причины отказов, LLM_FALLBACK_URL, _KEY, _MODEL.',
    dashboard: 'llm',
  },
}
