import { dashboard, envVariable } from './lib/dashboard.ts'
import { dayNumbers } from './lib/labels.ts'
import { lines, numbers, table } from './lib/panels.ts'
import { labelled, period, promql, promqlNow, sqlSeries, sqlTable } from './lib/queries.ts'

const env = 'env=~"$env"'
const number = labelled('number', dayNumbers)
const [from, to] = period.split(', ')
const ofPeriod = `from analytics.reconciliation where date >= ${from} and date <= ${to}`

export const reconcile = dashboard({
  uid: 'bot-reconcile',
  title: 'Сверка',
  description:
    'Сходятся ли PostgreSQL, Loki и Prometheus: что нашла npm run reconcile, день за днём. Правда в PostgreSQL.',
  range: 'days',
  variables: [envVariable()],
  rows: [
    {
      title: 'Дни',
      panels: [
        table({
          title: 'Числа по дням',
          description:
            'Корзины, ошибки, сообщения, вызовы модели, токены и рубли дня из трёх мест, их расхождение и вероятная причина.',
          unit: 'count',
          height: 14,
          queries: [
            sqlTable(
              `select to_char(date, 'DD.MM.YYYY') as "День", ${number} as "Число", postgres as "PostgreSQL", loki as "Loki", prometheus as "Prometheus", difference as "Расхождение", cause as "Причина", checked_at as "Проверено" ${ofPeriod} order by date desc, number`,
            ),
          ],
          overrides: [
            {
              of: 'Расхождение',
              thresholds: [null, 'orange', 0, 'transparent', 0.000001, 'orange'],
              coloured: true,
              words: { 0: '✓' },
            },
          ],
        }),
        lines({
          title: 'Расхождения',
          signed: true,
          description: 'Самое большое расхождение каждого числа по дням. Ноль: все три хранилища сказали одно.',
          unit: 'count',
          queries: [
            sqlSeries(
              `select analytics.day_start(date) as "time", ${number} as metric, difference as value ${ofPeriod} order by 1`,
            ),
          ],
        }),
        table({
          title: 'Дни, в которые не сошлось',
          description: 'Только расхождения, с причиной.',
          unit: 'count',
          width: 12,
          height: 8,
          queries: [
            sqlTable(
              `select to_char(date, 'DD.MM.YYYY') as "День", ${number} as "Число", difference as "Расхождение", cause as "Причина" ${ofPeriod} and difference <> 0 order by date desc, number`,
            ),
          ],
        }),
        numbers({
          title: 'Когда сверялись',
          description:
            'Сколько времени назад закончилась последняя сверка: каждую ночь за вчера. Больше суток с лишним: она не идёт.',
          unit: 'hours',
          decimals: 1,
          width: 12,
          thresholds: [null, 'green', 28, 'red'],
          queries: [
            promqlNow(
              `(time() - (max(bot_reconciliation_last_run_timestamp_seconds{${env}}) > 0)) / 3600`,
              'Часов назад',
            ),
          ],
        }),
        lines({
          title: 'Расхождение последней сверки',
          signed: true,
          description:
            'На сколько Loki и Prometheus показали больше PostgreSQL за последний проверенный день; ноль и там, где спросить некого.',
          unit: 'count',
          queries: [
            promql(`max by (number, source) (bot_reconciliation_difference{${env}})`, '{{number}}: {{source}}'),
          ],
        }),
      ],
    },
    {
      title: 'Почему могло не сойтись',
      panels: [
        lines({
          title: 'Что ещё в пути',
          description:
            'Ждущие на диске события и строки лога и возраст итогов в секундах (справа). Пока не ноль, дни расходятся.',
          unit: 'count',
          queries: [
            promql(`sum(bot_events_waiting{${env}})`, 'События'),
            promql(`sum(bot_log_spool_lines{${env}})`, 'Строки лога'),
            promql(`min(bot_aggregator_age_seconds{${env}})`, 'Возраст итогов'),
          ],
          overrides: [{ of: 'Возраст итогов', unit: 'seconds', rightAxis: true }],
        }),
        lines({
          title: 'Вопросы сверки к Loki и Prometheus',
          description: 'Попыток за час по исходу и p95 времени ответа (справа). Отказ: день сверить не с чем.',
          unit: 'count',
          thresholds: [null, 'green', 30, 'red'],
          queries: [
            promql(
              `sum by (upstream, outcome) (increase(bot_telemetry_queries_total{${env}}[1h]))`,
              '{{upstream}}: {{outcome}}',
            ),
            promql(
              `histogram_quantile(0.95, sum by (le, upstream) (rate(bot_telemetry_query_duration_seconds_bucket{${env}}[1h])))`,
              'время: {{upstream}}',
            ),
          ],
          overrides: [{ of: '/время/', unit: 'seconds', rightAxis: true }],
        }),
        lines({
          title: 'Чего Prometheus не видел',
          description: 'Опрос 0: он не удался, прирост между опросами потерян. Перезапуск обнуляет счётчики.',
          unit: 'count',
          thresholds: [null, 'red', 1, 'green'],
          queries: [
            promql('min by (instance) (up{job="bot"})', 'опрос {{instance}}'),
            promql(`sum(changes(process_start_time_seconds{job="bot", ${env}}[30m]))`, 'перезапуски'),
          ],
        }),
      ],
    },
  ],
})
