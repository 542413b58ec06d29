import { happenings } from './lib/annotations.ts'
import { dashboard, envVariable } from './lib/dashboard.ts'
import { lines, nowTile } from './lib/panels.ts'
import { promql, promqlNow } from './lib/queries.ts'
import { lights, table } from './lib/tables.ts'

const env = 'env=~"$env"'
const rate = (metric: string, by: string, matchers = '') =>
  `sum by (${by}) (rate(${metric}{${env}${matchers}}[$__rate_interval]))`
/** Without what has no observation: Prometheus answers that with NaN, and a legend would say so. */
const quantile = (part: number, histogram: string, by = '', matchers = '') =>
  `(histogram_quantile(${part}, sum by (le${by === '' ? '' : `, ${by}`}) (rate(${histogram}_bucket{${env}${matchers}}[$__rate_interval]))) >= 0)`
const p95 = (histogram: string, by = '', matchers = '') => quantile(0.95, histogram, by, matchers)
const answered = ', type="message", outcome="answered"'

/** Percent of messages that may fail; the same as in prometheus/alerts/answers.yml. */
const errorBudget = 1

export const health = dashboard({
  uid: 'bot-health',
  title: 'Здоровье бота',
  description: 'Отвечает ли бот, как быстро, и что из того, от чего он зависит, не в порядке.',
  range: 'hours',
  variables: [envVariable()],
  annotations: happenings,
  rows: [
    {
      title: 'Всё ли хорошо',
      panels: [
        nowTile({
          title: 'Неудачные сообщения',
          description: 'Доля за последний час: до 1 % норма, выше 5 % бот скорее сломан. Рядом она же сутки назад.',
          unit: 'percent',
          thresholds: [null, 'green', errorBudget, 'orange', 5, 'red'],
          expr: `100 * max(env:bot_messages_failed:ratio_rate1h{${env}})`,
        }),
        nowTile({
          title: 'Время ответа, p95',
          description:
            'От сообщения до ответа за 5 минут: дольше 20 с медленно, дольше 45 с плохо. Рядом оно же сутки назад.',
          unit: 'seconds',
          decimals: 1,
          thresholds: [null, 'green', 20, 'orange', 45, 'red'],
          expr: `max(env:bot_message_duration_seconds:p95_rate5m{${env}})`,
        }),
        nowTile({
          title: 'Сообщений за час',
          description:
            'Обработано за последний час, рядом столько же сутки назад. Ноль днём: люди не пишут или не доходит.',
          unit: 'count',
          expr: `sum(increase(bot_updates_total{${env}, type="message", outcome=~"answered|failed"}[1h]))`,
        }),
        nowTile({
          title: 'Людей за час',
          description: 'Разные люди, писавшие за последний час, рядом столько же сутки назад.',
          unit: 'count',
          expr: `sum(env:bot_users_active:sum1h{${env}})`,
        }),
        nowTile({
          title: 'Старейшее ждёт',
          description: 'Сколько секунд ждёт ответа самое старое из принятых обновлений: дольше минуты очередь растёт.',
          unit: 'seconds',
          decimals: 0,
          thresholds: [null, 'green', 60, 'orange', 300, 'red'],
          expr: `max(bot_inbox_oldest_seconds{${env}})`,
        }),
        nowTile({
          title: 'Горят тревоги',
          description: 'Сколько их сейчас у Prometheus; какие, ниже. Рядом столько же сутки назад.',
          unit: 'count',
          thresholds: [null, 'green', 1, 'red'],
          expr: 'count(ALERTS{alertstate="firing", alertname!="Watchdog"}) or vector(0)',
        }),
      ],
    },
    {
      title: 'Сейчас',
      panels: [
        lights({
          title: 'Готовность',
          description:
            'По строке на службу. Telegram: приходят обновления, PostgreSQL: база отвечает, события: ничего не ждёт на диске; остальные отвечают на опрос Prometheus. С какого времени так, видно за трое суток.',
          state: `min by (check) (bot_ready{${env}} or label_replace(up, "check", "job $1", "job", "(.+)"))`,
        }),
        table({
          title: 'Горящие тревоги',
          description:
            'Что сообщает Prometheus прямо сейчас. Что делать: docs/runbook.md. Тревоги Loki видны в Alertmanager.',
          unit: 'count',
          width: 12,
          height: 9,
          thresholds: [null, 'red'],
          queries: [
            promqlNow(
              'sum by (alertname, severity, component) (ALERTS{alertstate="firing", alertname!="Watchdog"})',
              '',
              true,
            ),
          ],
          hide: ['Time', 'Value', 'Value #A'],
          overrides: [{ of: 'Тревога', width: 330 }],
        }),
        lines({
          title: 'Тревоги, которые бот считает сам',
          description:
            'Сколько их горит, где нет Alertmanager. С ним (ALERTMANAGER_URL) здесь пусто: тревоги считает Prometheus.',
          unit: 'count',
          width: 24,
          height: 8,
          queries: [promql(`sum by (alert) (bot_alerts_firing{${env}}) > 0`, '{{alert}}')],
        }),
      ],
    },
    {
      title: 'Сообщения',
      panels: [
        lines({
          title: 'Обновления по исходу',
          description:
            'В секунду. answered: ответили, failed: извинились, throttled и busy: просили подождать, unreachable: бот заблокирован человеком.',
          unit: 'perSecond',
          stacked: true,
          queries: [promql(rate('bot_updates_total', 'outcome'), '{{outcome}}')],
        }),
        lines({
          title: 'Неудачи команд и кнопок',
          description: 'Сколько за отрезок. Доля ошибок – о сообщениях, эти в неё не входят.',
          unit: 'count',
          queries: [
            promql(
              `sum by (type) (increase(bot_updates_total{${env}, type!="message", outcome="failed"}[$__rate_interval]))`,
              '{{type}}',
            ),
          ],
        }),
        lines({
          title: 'Доля неудачных сообщений и сгорание бюджета',
          description: 'Норма до 1 %. Сгорание 14,4 за час значит: месячный запас ошибок кончится за двое суток.',
          unit: 'percent',
          thresholds: [null, 'green', errorBudget, 'orange', 5, 'red'],
          queries: [
            promql(`100 * max(env:bot_messages_failed:ratio_rate5m{${env}})`, 'за 5 минут'),
            promql(`100 * max(env:bot_messages_failed:ratio_rate1h{${env}})`, 'за час'),
            promql(`100 * max(env:bot_messages_failed:ratio_rate1h{${env}}) / ${errorBudget}`, 'сгорание, раз (1 ч)'),
            promql(`100 * max(env:bot_messages_failed:ratio_rate6h{${env}}) / ${errorBudget}`, 'сгорание, раз (6 ч)'),
          ],
          overrides: [{ of: '/сгорание/', unit: 'times', rightAxis: true }],
        }),
        lines({
          title: 'Время ответа на сообщение',
          description: 'От получения до ответа, с ожиданием очереди. Точки: отдельные запросы с их номером.',
          unit: 'seconds',
          thresholds: [null, 'green', 20, 'orange', 45, 'red'],
          queries: [
            promql(quantile(0.5, 'bot_update_duration_seconds', '', answered), 'медиана'),
            promql(p95('bot_update_duration_seconds', '', answered), 'p95', {
              exemplars: true,
            }),
          ],
        }),
        lines({
          title: 'Время по этапам, p95',
          description:
            'Где уходит время ответа: очередь к модели, модель, инструменты, ВкусВилл, ожидание нашего лимита, Telegram, база.',
          unit: 'seconds',
          thresholds: [null, 'green', 30, 'red'],
          queries: [
            promql(p95('bot_llm_wait_seconds'), 'ждём модель'),
            promql(p95('gen_ai_client_operation_duration_seconds'), 'модель'),
            promql(p95('bot_tool_call_duration_seconds'), 'инструмент'),
            promql(p95('bot_shop_call_duration_seconds'), 'ВкусВилл'),
            promql(p95('bot_shop_limiter_wait_seconds'), 'ждём своего лимита'),
            promql(p95('bot_telegram_call_duration_seconds', '', ', method!="getUpdates"'), 'Telegram'),
            promql(p95('bot_db_query_duration_seconds'), 'PostgreSQL'),
          ],
        }),
        lines({
          title: 'Люди',
          description: 'Разные люди, писавшие за последние 5 минут и за час.',
          unit: 'count',
          queries: [
            promql(`sum(env:bot_users_active:sum5m{${env}})`, 'за 5 минут'),
            promql(`sum(env:bot_users_active:sum1h{${env}})`, 'за час'),
          ],
        }),
        lines({
          title: 'Корзины по сценарию',
          description: 'Собрано за час, вместе с исправленными: поиск, рецепт, бюджет, смешанный.',
          unit: 'count',
          stacked: true,
          queries: [promql(`sum by (scenario) (increase(bot_carts_total{${env}}[1h]))`, '{{scenario}}')],
        }),
        lines({
          title: 'Новые корзины и исправления',
          description:
            'Записано за час. Исправление собранной корзины в течение 30 минут: её новая версия (correction), лимит не тратит.',
          unit: 'count',
          queries: [promql(`sum by (version) (increase(bot_carts_recorded_total{${env}}[1h]))`, '{{version}}')],
        }),
      ],
    },
    {
      title: 'Инструменты и ВкусВилл',
      collapsed: true,
      panels: [
        lines({
          title: 'Вызовы инструментов по исходу',
          description:
            'В секунду. refused: отказало наше правило, duplicate: ответ уже был, unavailable: сервис лежит.',
          unit: 'perSecond',
          queries: [promql(rate('bot_tool_calls_total', 'outcome'), '{{outcome}}')],
        }),
        lines({
          title: 'Попытки вызвать ВкусВилл',
          description: 'В секунду, с повторами. not_sent: не отправлено, предохранитель открыт или очередь полна.',
          unit: 'perSecond',
          queries: [promql(rate('bot_shop_calls_total', 'outcome'), '{{outcome}}')],
        }),
        lines({
          title: 'Доля неудач ВкусВилла и предохранитель',
          description:
            'Выше 30 % приходит тревога. Предохранитель (справа) открыт: ВкусВилл на время оставлен в покое.',
          unit: 'percent',
          thresholds: [null, 'green', 10, 'orange', 30, 'red'],
          queries: [
            promql(`100 * max(env:bot_shop_calls_failed:ratio_rate5m{${env}})`, 'неудачи'),
            promql(`max(bot_shop_circuit_open{${env}})`, 'предохранитель'),
            promql(`max(bot_shop_circuit_retry_timestamp_seconds{${env}}) - time() > 0`, 'до новой попытки'),
          ],
          overrides: [
            { of: 'предохранитель', unit: 'count', rightAxis: true, words: { 0: 'закрыт', 1: 'открыт' } },
            { of: 'до новой попытки', unit: 'seconds', rightAxis: true },
          ],
        }),
        lines({
          title: 'Кэш ВкусВилла и непрочитанные товары',
          description:
            'Доля ответов из кэша; товаров в секунду, которые не удалось прочесть (справа): изменился формат.',
          unit: 'percent',
          queries: [
            promql(`100 * max(env:bot_shop_cache_hits:ratio_rate5m{${env}})`, 'из кэша'),
            promql(`sum(rate(bot_shop_items_skipped_total{${env}}[$__rate_interval]))`, 'не прочитано'),
          ],
          overrides: [{ of: 'не прочитано', unit: 'perSecond', rightAxis: true }],
        }),
      ],
    },
    {
      title: 'Telegram',
      collapsed: true,
      panels: [
        lines({
          title: 'Вызовы Bot API по исходу',
          description:
            'В секунду. rate_limited: Telegram просит реже, blocked: человек закрыл бота, moot: сообщения уже нет. Справа: сообщения, которые ждут очереди под лимит Telegram.',
          unit: 'perSecond',
          queries: [
            promql(rate('bot_telegram_calls_total', 'outcome', ', method!="getUpdates"'), '{{outcome}}'),
            promql(`sum(bot_telegram_sends_waiting{${env}})`, 'ждут лимита'),
          ],
          overrides: [{ of: 'ждут лимита', unit: 'count', rightAxis: true }],
        }),
        lines({
          title: 'Доля неудач Bot API',
          description: 'Выше 20 % приходит тревога: ответы готовы, но не доходят.',
          unit: 'percent',
          thresholds: [null, 'green', 5, 'orange', 20, 'red'],
          queries: [promql(`100 * max(env:bot_telegram_calls_failed:ratio_rate5m{${env}})`, 'неудачи')],
        }),
      ],
    },
    {
      title: 'Хранилища',
      collapsed: true,
      panels: [
        lines({
          title: 'Соединения с PostgreSQL',
          description: 'waiting больше нуля три минуты: соединений не хватает.',
          unit: 'count',
          queries: [promql(`sum by (state) (bot_db_pool_connections{${env}})`, '{{state}}')],
        }),
        lines({
          title: 'Запросы к PostgreSQL, p95 по имени',
          description: 'Пять самых долгих запросов с ожиданием соединения.',
          unit: 'seconds',
          thresholds: [null, 'green', 0.25, 'orange', 1, 'red'],
          queries: [promql(`topk(5, ${p95('bot_db_query_duration_seconds', 'query')})`, '{{query}}')],
        }),
        lines({
          title: 'Реплика PostgreSQL',
          description:
            'На сколько она отстаёт (DATABASE_READ_URL) и сколько чтений за отрезок повторили на ней или отдали основной базе. Без реплики нули.',
          unit: 'seconds',
          queries: [
            promql(`max(bot_db_standby_lag_seconds{${env}})`, 'отстаёт'),
            promql(`sum(increase(bot_db_standby_fallbacks_total{${env}}[$__rate_interval]))`, 'ответила основная'),
            promql(`sum(increase(bot_db_standby_conflicts_total{${env}}[$__rate_interval]))`, 'повторили'),
          ],
          overrides: [{ of: '/ответила|повторили/', unit: 'count', rightAxis: true }],
        }),
        lines({
          title: 'Отказы PostgreSQL и Redis',
          description:
            'В секунду: неудавшиеся запросы, оборванные соединения, диалоги из памяти процесса вместо Redis.',
          unit: 'perSecond',
          thresholds: [null, 'green', 0.1, 'red'],
          queries: [
            promql(`sum(rate(bot_db_query_failures_total{${env}}[$__rate_interval]))`, 'запросы'),
            promql(`sum(rate(bot_db_connection_errors_total{${env}}[$__rate_interval]))`, 'соединения'),
            promql(
              `sum(rate(bot_dialogue_store_operations_total{${env}, outcome="degraded"}[$__rate_interval]))`,
              'диалоги без Redis',
            ),
          ],
        }),
        lines({
          title: 'Входящие: ждут ответа',
          description:
            'Принятые обновления: свободные, в работе, отложенные; справа возраст старейшего и ожидание свободного бота (p95).',
          unit: 'count',
          queries: [
            promql(`max by (state) (bot_inbox_waiting{${env}})`, '{{state}}'),
            promql(`max(bot_inbox_oldest_seconds{${env}})`, 'старейшее, с'),
            promql(
              `histogram_quantile(0.95, sum by (le) (rate(bot_inbox_wait_seconds_bucket{${env}}[5m]))) >= 0`,
              'ожидание p95, с',
            ),
          ],
          overrides: [{ of: '/, с$/', rightAxis: true }],
        }),
        lines({
          title: 'События: ждут и потеряны',
          description: 'Ждут PostgreSQL на диске и в памяти; потеряно за час (справа) должно быть ноль.',
          unit: 'count',
          thresholds: [null, 'green', 500, 'red'],
          queries: [
            promql(`sum by (place) (bot_events_waiting{${env}})`, 'ждут: {{place}}'),
            promql(`sum(bot_events_held_users{${env}})`, 'пользователей с задержанной записью'),
            promql(`sum by (reason) (increase(bot_events_lost_total{${env}}[1h]))`, 'потеряно: {{reason}}'),
          ],
          overrides: [{ of: '/потеряно/', rightAxis: true }],
        }),
        lines({
          title: 'События в базу',
          description: 'Записано в секунду по типу; размер последней пачки (справа).',
          unit: 'perSecond',
          queries: [
            promql(rate('bot_events_recorded_total', 'event_type'), '{{event_type}}'),
            promql(`max(bot_events_last_batch_facts{${env}})`, 'пачка'),
          ],
          overrides: [{ of: 'пачка', unit: 'count', rightAxis: true }],
        }),
        lines({
          title: 'Логи: сколько ждёт Loki',
          description:
            'Строк на диске и возраст старейшей (справа). Больше пяти минут: тревога, но ничего не потеряно.',
          unit: 'count',
          queries: [
            promql(`sum(bot_log_spool_lines{${env}})`, 'строк ждёт'),
            promql(`max(bot_log_spool_oldest_seconds{${env}})`, 'возраст'),
            promql(`sum(bot_log_spool_bytes{${env}}) / 1e6`, 'МБ ждёт'),
          ],
          overrides: [
            { of: 'возраст', unit: 'seconds', rightAxis: true },
            { of: 'МБ ждёт', unit: 'megabytes', decimals: 1, rightAxis: true },
          ],
        }),
        lines({
          title: 'Логи: написано, доставлено, потеряно',
          description: 'Строк в секунду по уровню, взятых Loki, исходы отправок; потерянные за час (справа).',
          unit: 'perSecond',
          queries: [
            promql(rate('bot_log_lines_total', 'level'), '{{level}}'),
            promql(`sum(rate(bot_log_lines_sent_total{${env}}[$__rate_interval]))`, 'доставлено'),
            promql(rate('bot_log_push_total', 'outcome', ', outcome!="ok"'), 'отправка: {{outcome}}'),
            promql(`sum by (reason) (increase(bot_log_lines_lost_total{${env}}[1h]))`, 'потеряно: {{reason}}'),
          ],
          overrides: [{ of: '/потеряно/', unit: 'count', rightAxis: true }],
        }),
        lines({
          title: 'Аналитика: отставание',
          description:
            'Сколько секунд назад обновлены итоги; сколько дней людей ещё не посчитано и неудачные прогоны за час (справа).',
          unit: 'seconds',
          thresholds: [null, 'green', 600, 'red'],
          queries: [
            promql(`min(bot_aggregator_age_seconds{${env}})`, 'возраст итогов'),
            promql(`max(bot_aggregator_waiting{${env}})`, 'не посчитано'),
            promql(`sum(increase(bot_aggregator_runs_total{${env}, outcome="failed"}[1h]))`, 'неудачных прогонов'),
          ],
          overrides: [{ of: '/не посчитано|неудачных/', unit: 'count', rightAxis: true }],
        }),
      ],
    },
    {
      title: 'Процесс',
      collapsed: true,
      panels: [
        lines({
          title: 'Задержка цикла событий, p99',
          description: 'Меньше 0,2 с не бывает: так часто измеряется. Выше полсекунды запаздывают все ответы.',
          unit: 'seconds',
          thresholds: [null, 'green', 0.3, 'orange', 0.5, 'red'],
          queries: [promql(`max by (instance) (nodejs_eventloop_lag_p99_seconds{${env}})`, '{{instance}}')],
        }),
        lines({
          title: 'Память',
          description: 'Вся память процесса и куча V8. Предел контейнера: mem_limit в docker-compose.yml.',
          unit: 'megabytes',
          queries: [
            promql(`max by (instance) (process_resident_memory_bytes{job="bot", ${env}}) / 1e6`, 'всего {{instance}}'),
            promql(`max by (instance) (nodejs_heap_size_used_bytes{${env}}) / 1e6`, 'куча {{instance}}'),
          ],
        }),
        lines({
          title: 'Процессор',
          description: 'Доля одного ядра. Всё, что делает бот, кроме отправки логов, делает один поток.',
          unit: 'percent',
          thresholds: [null, 'green', 70, 'orange', 95, 'red'],
          queries: [
            promql(
              `100 * sum by (instance) (rate(process_cpu_seconds_total{job="bot", ${env}}[$__rate_interval]))`,
              'ядро {{instance}}',
            ),
          ],
        }),
        lines({
          title: 'Тревоги: что доставлено',
          description:
            'За отрезок. failed: способ не принял сообщение; withheld: боту нехорошо, и сторож снаружи должен позвать. Справа: сколько администраторов закрыты для бота.',
          unit: 'count',
          queries: [
            promql(
              `sum by (channel, outcome) (increase(bot_alert_deliveries_total{${env}}[$__rate_interval]))`,
              '{{channel}} {{outcome}}',
            ),
            promql(
              `sum by (outcome) (increase(bot_heartbeats_total{${env}, outcome!="ok"}[$__rate_interval]))`,
              'сердцебиение {{outcome}}',
            ),
            promql(`max(bot_alert_chats_closed{${env}})`, 'закрытых чатов'),
          ],
          overrides: [{ of: '/закрытых/', unit: 'count', rightAxis: true }],
        }),
        lines({
          title: 'Запуски и версии',
          description: 'Сколько копий какой версии работает; перезапуски за 30 минут.',
          unit: 'count',
          thresholds: [null, 'green', 3, 'red'],
          queries: [
            promql(`sum by (version) (bot_build_info{${env}})`, 'версия {{version}}'),
            promql(`sum(changes(process_start_time_seconds{job="bot", ${env}}[30m]))`, 'перезапуски'),
          ],
        }),
      ],
    },
  ],
})
