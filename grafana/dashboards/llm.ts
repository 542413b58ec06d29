import { happenings } from './lib/annotations.ts'
import { dashboard, envVariable } from './lib/dashboard.ts'
import { linesWith, thisRequest } from './lib/links.ts'
import { lines, nowTile } from './lib/panels.ts'
import { logql, logqlNow, promql } from './lib/queries.ts'
import { logsOf, savedQuery } from './lib/saved-queries.ts'
import { table } from './lib/tables.ts'

const env = 'env=~"$env"'
const usage = logsOf('event="llm_usage"')
const latency = (quantile: number) =>
  promql(
    `histogram_quantile(${quantile}, sum by (le) (rate(gen_ai_client_operation_duration_seconds_bucket{${env}, error_type=""}[$__rate_interval]))) >= 0`,
    `p${quantile * 100}`,
    { exemplars: quantile === 0.95 },
  )
/** A label that a line may be without: a series without it would be called «Value». */
const orWords = (label: string) => `label_format ${label}="{{ if .${label} }}{{ .${label} }}{{ else }}words{{ end }}"`
const summed = (field: string, by: string) =>
  `sum by (${by}) (sum_over_time(${usage} | json ${by}="${by}", value="${field}" | ${orWords(by)} | unwrap value | __error__="" [$__auto]))`

export const llm = dashboard({
  uid: 'bot-llm',
  title: 'LLM',
  description: 'Сколько модель стоит, как быстро и как часто отвечает, и кто и что обходится дороже всего.',
  range: 'hours',
  variables: [envVariable()],
  annotations: happenings,
  rows: [
    {
      title: 'Всё ли хорошо',
      panels: [
        nowTile({
          title: 'Рубли за сутки',
          description: 'Сколько стоили ответы последних 24 часов, рядом столько же сутки назад.',
          unit: 'rub',
          expr: `sum(env:bot_llm_cost_rub:increase1d{${env}})`,
        }),
        nowTile({
          title: 'Доля бюджета',
          description: 'Рубли за сутки как доля LLM_BUDGET_RUB; выше 100 % приходит тревога.',
          unit: 'percent',
          thresholds: [null, 'green', 80, 'orange', 100, 'red'],
          expr: `100 * sum(env:bot_llm_cost_rub:increase1d{${env}}) / max(bot_llm_budget_rub{${env}})`,
        }),
        nowTile({
          title: 'Токены за сутки',
          description: 'Оплачиваемые токены последних 24 часов, рядом столько же сутки назад.',
          unit: 'million',
          expr: `sum(env:bot_llm_tokens:increase1d{${env}}) / 1e6`,
        }),
        nowTile({
          title: 'Время ответа, p95',
          description: 'Вызовы модели за 5 минут: дольше 20 с медленно, дольше 45 с плохо.',
          unit: 'seconds',
          decimals: 1,
          thresholds: [null, 'green', 20, 'orange', 45, 'red'],
          expr: `max(env:gen_ai_client_operation_duration_seconds:p95_rate5m{${env}})`,
        }),
        nowTile({
          title: 'Доля отказов сейчас',
          description: 'Вызовы, которые не удались, за 5 минут. Выше 20 % приходит тревога GigaChatFailing.',
          unit: 'percent',
          thresholds: [null, 'green', 5, 'orange', 20, 'red'],
          expr: `100 * max(env:gen_ai_client_operations_failed:ratio_rate5m{${env}})`,
        }),
        nowTile({
          title: 'Ждут модели',
          description: 'Вызовы, которые ждут свободного потока (GIGACHAT_CONCURRENCY). Больше десяти: потоков мало.',
          unit: 'count',
          thresholds: [null, 'green', 10, 'orange', 50, 'red'],
          expr: `sum(bot_llm_waiting{${env}})`,
        }),
      ],
    },
    {
      title: 'Деньги и токены',
      panels: [
        lines({
          title: 'Рубли по моделям',
          description:
            'Стоимость ответов за каждый отрезок графика, по строкам лога: цена дня, токены по счёту сервиса модели.',
          unit: 'rub',
          decimals: 2,
          bars: true,
          stacked: true,
          queries: [logql(summed('cost_rub', 'model'), '{{model}}')],
        }),
        lines({
          title: 'Токены по функциям',
          description: 'Оплачиваемые токены по функции, которую модель вызвала в ответ.',
          unit: 'count',
          bars: true,
          stacked: true,
          queries: [logql(summed('billable_tokens', 'function_name'), '{{function_name}}')],
        }),
        lines({
          title: 'Токены по видам',
          description: 'Токенов в секунду: запрос, ответ, к оплате, взятые из кэша (бесплатные).',
          unit: 'perSecond',
          decimals: 0,
          queries: [promql(`sum by (type) (rate(bot_llm_tokens_total{${env}}[$__rate_interval]))`, '{{type}}')],
        }),
        lines({
          title: 'Доля запроса из кэша',
          description: 'Какую часть токенов запроса GigaChat взял из своего кэша и не посчитал. Больше: дешевле.',
          unit: 'percent',
          thresholds: [null, 'orange', 30, 'green'],
          queries: [
            promql(
              `100 * sum(rate(bot_llm_tokens_total{${env}, type="precached"}[$__rate_interval])) / (sum(rate(bot_llm_tokens_total{${env}, type="precached"}[$__rate_interval])) + sum(rate(bot_llm_tokens_total{${env}, type="prompt"}[$__rate_interval])))`,
              'Из кэша',
            ),
          ],
        }),
        lines({
          title: 'Токены одного вызова, медиана',
          description: 'Размер обычного запроса (input) и ответа (output). Растёт input: растёт история диалога.',
          unit: 'count',
          queries: [
            promql(
              `histogram_quantile(0.5, sum by (le, gen_ai_token_type) (rate(gen_ai_client_token_usage_bucket{${env}}[$__rate_interval]))) >= 0`,
              '{{gen_ai_token_type}}',
            ),
          ],
        }),
        lines({
          title: 'Шагов модели на сообщение',
          description: 'Сколько раз модель ходит за инструментами, пока отвечает на одно сообщение: медиана и p95.',
          unit: 'fraction',
          queries: [
            promql(
              `histogram_quantile(0.5, sum by (le) (rate(bot_answer_steps_bucket{${env}}[$__rate_interval]))) >= 0`,
              'медиана',
            ),
            promql(
              `histogram_quantile(0.95, sum by (le) (rate(bot_answer_steps_bucket{${env}}[$__rate_interval]))) >= 0`,
              'p95',
            ),
          ],
        }),
      ],
    },
    {
      title: 'Скорость и отказы',
      panels: [
        lines({
          title: 'Время ответа модели',
          description: 'Удавшиеся вызовы. Точки: отдельные запросы, каждая ведёт к своим строкам и событиям.',
          unit: 'seconds',
          thresholds: [null, 'green', 20, 'orange', 45, 'red'],
          queries: [latency(0.5), latency(0.95), latency(0.99)],
        }),
        lines({
          title: 'Вызовы и отказы',
          description:
            'Вызовов в секунду и те, от которых отказались после всех повторов, по сервису и причине: gigachat, openai (вторая модель).',
          unit: 'perSecond',
          queries: [
            promql(`sum(env:gen_ai_client_operations:rate5m{${env}})`, 'вызовы'),
            promql(
              `sum by (gen_ai_provider_name, reason) (rate(bot_llm_failures_total{${env}}[$__rate_interval])) > 0`,
              'отказ: {{gen_ai_provider_name}}, {{reason}}',
            ),
          ],
        }),
        lines({
          title: 'Доля отказов',
          description: 'Какая часть вызовов не удалась. Выше 20 % приходит тревога GigaChatFailing.',
          unit: 'percent',
          thresholds: [null, 'green', 5, 'orange', 20, 'red'],
          queries: [promql(`100 * max by (env) (env:gen_ai_client_operations_failed:ratio_rate5m{${env}})`, '{{env}}')],
        }),
        lines({
          title: 'Очередь к модели',
          description:
            'Вызовы в работе и ждущие свободного потока (GIGACHAT_CONCURRENCY). Долгое ожидание: мало потоков.',
          unit: 'count',
          thresholds: [null, 'green', 10, 'red'],
          queries: [
            promql(`sum(bot_llm_in_flight{${env}})`, 'в работе'),
            promql(`sum(bot_llm_waiting{${env}})`, 'ждут'),
          ],
        }),
        lines({
          title: 'Люди в очереди',
          description:
            'Ждут модель, и всем видно, каким по счёту; справа, в секундах: сколько ждёт первый и сколько ждал бы новый. Больше QUEUE_MAX_MINUTES ждать не даём.',
          unit: 'count',
          queries: [
            promql(`sum(bot_queue_waiting{${env}})`, 'ждут'),
            promql(`max(bot_queue_oldest_seconds{${env}})`, 'дольше всех, с'),
            promql(`max(bot_queue_estimate_seconds{${env}})`, 'ждать новому, с'),
          ],
          overrides: [{ of: '/, с$/', rightAxis: true }],
        }),
        lines({
          title: 'Отказы из-за очереди',
          description: 'За час: кому отказали, потому что ждать слишком долго, кто просил напомнить и кому напомнили.',
          unit: 'count',
          queries: [
            promql(`sum(increase(bot_queue_refusals_total{${env}}[1h]))`, 'отказы'),
            promql(`sum by (outcome) (increase(bot_queue_reminders_total{${env}}[1h]))`, 'напоминания: {{outcome}}'),
          ],
        }),
      ],
    },
    {
      title: 'Самое дорогое за час до конца периода',
      panels: [
        table({
          title: 'Самые дорогие запросы',
          description: 'Ответы, стоившие больше всего: сумма всех вызовов модели. Номер ведёт к строкам и событиям.',
          unit: 'rub',
          decimals: 2,
          width: 12,
          value: 'Рублей',
          queries: [logqlNow(savedQuery('costliest-requests'))],
          overrides: [{ of: 'Запрос', link: thisRequest('__value.text') }],
        }),
        table({
          title: 'Самые дорогие пользователи',
          description:
            'Чьи ответы стоили больше всего. Псевдоним ведёт к строкам лога; чей он, показывает /admin_user.',
          unit: 'rub',
          decimals: 2,
          width: 12,
          value: 'Рублей',
          queries: [logqlNow(savedQuery('costliest-users'))],
          overrides: [{ of: 'Человек', link: linesWith('Строки этого человека', 'user_id', '__value.text') }],
        }),
      ],
    },
    {
      title: 'Версии, вторая модель, остатки и повторы',
      collapsed: true,
      panels: [
        lines({
          title: 'Версии промпта',
          description: 'Сколько процессов отвечает с каждой версией промпта: хеш инструкций и описаний инструментов.',
          unit: 'count',
          queries: [promql(`sum by (prompt_version) (bot_prompt_info{${env}})`, '{{prompt_version}}')],
        }),
        lines({
          title: 'Вторая модель',
          description:
            'Вызовы, отданные второй модели (LLM_FALLBACK_URL), за час, и почему не ответил GigaChat. circuit_open: он недавно отказал, и его пока не спрашивают; тогда «предохранитель» равен 1.',
          unit: 'count',
          queries: [
            promql(`sum by (reason) (increase(bot_llm_fallbacks_total{${env}}[1h])) > 0`, '{{reason}}'),
            promql(`max(bot_llm_circuit_open{${env}})`, 'предохранитель'),
            promql(`max(bot_llm_circuit_retry_timestamp_seconds{${env}}) - time() > 0`, 'до новой попытки'),
          ],
          overrides: [{ of: 'до новой попытки', unit: 'seconds', rightAxis: true }],
        }),
        lines({
          title: 'Время ответа по моделям, p95',
          description: 'Удавшиеся вызовы, каждая модель своей линией.',
          unit: 'seconds',
          queries: [
            promql(
              `histogram_quantile(0.95, sum by (le, gen_ai_request_model) (rate(gen_ai_client_operation_duration_seconds_bucket{${env}, error_type=""}[$__rate_interval]))) >= 0`,
              '{{gen_ai_request_model}}',
            ),
          ],
        }),
        lines({
          title: 'Без счёта и сверх потолка',
          description:
            'За час: хорошие ответы, в которых модель не назвала расход токенов (в токены и ₽ они не вошли), и сообщения сверх потолков рублей в день: выше мягкого (LLM_SOFT_CAP_RUB, LLM_USER_SOFT_CAP_RUB) отвечает дешёвая модель, выше жёсткого (LLM_HARD_CAP_RUB, LLM_USER_BUDGET_RUB) бот просит вернуться завтра.',
          unit: 'count',
          queries: [
            promql(`sum(increase(bot_llm_usage_unknown_total{${env}}[1h]))`, 'расход неизвестен'),
            promql(`sum by (cap) (increase(bot_llm_capped_messages_total{${env}}[1h]))`, 'потолок {{cap}}'),
            promql(`max(bot_llm_cap_state{${env}})`, 'потолок дня сейчас (1 мягкий, 2 жёсткий)'),
          ],
        }),
        lines({
          title: 'Оплаченные токены GigaChat',
          description:
            'Остаток по /balance раз в час (только предоплата), на сколько дней его хватит (справа) и на сколько списанное разошлось с посчитанным между двумя чтениями. Пусто, где баланса нет.',
          unit: 'count',
          queries: [
            promql(`min by (model) (bot_gigachat_balance_tokens{${env}})`, 'осталось {{model}}'),
            promql(`max by (model) (bot_gigachat_balance_drift_tokens{${env}})`, 'расхождение {{model}}'),
            promql(`min by (model) (bot_gigachat_balance_days{${env}})`, 'хватит на дней {{model}}'),
          ],
          overrides: [{ of: '/^хватит/', unit: 'fraction', rightAxis: true }],
        }),
        lines({
          title: 'Повторы и обновления токена',
          description: 'Повторов в секунду по причине и запросов токена доступа по исходу. refused: ключ не принят.',
          unit: 'perSecond',
          queries: [
            promql(`sum by (reason) (rate(bot_llm_retries_total{${env}}[$__rate_interval]))`, 'повтор: {{reason}}'),
            promql(
              `sum by (outcome) (rate(bot_llm_auth_refreshes_total{${env}}[$__rate_interval]))`,
              'токен: {{outcome}}',
            ),
          ],
        }),
        lines({
          title: 'Время ответа по функциям, p95',
          description: 'По строкам лога, в миллисекундах: какой шаг медленный.',
          unit: 'milliseconds',
          queries: [
            logql(
              `quantile_over_time(0.95, ${usage} | json function_name="function_name", ms="response_time_ms" | ${orWords('function_name')} | unwrap ms | __error__="" [$__auto]) by (function_name)`,
              '{{function_name}}',
            ),
          ],
        }),
      ],
    },
  ],
})
