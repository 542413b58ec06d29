import { causeTexts } from '../../src/reconcile/texts.ts'
import { happenings, sinceWhenItCounts } from './lib/annotations.ts'
import { dashboard, envVariable } from './lib/dashboard.ts'
import { dayNumbers } from './lib/labels.ts'
import { lines, nowTile, numbers, words } from './lib/panels.ts'
import { labelled, period, promql, promqlNow, sqlSeries, sqlTable } from './lib/queries.ts'
import { countsSince, table } from './lib/tables.ts'

const env = 'env=~"$env"'
const number = labelled('number', dayNumbers)
const cause = labelled('cause', causeTexts)
const [from, to] = period.split(', ')
/** The first day of a period of equal length before. */
const before = `(${from}) - ((${to}) - (${from}) + 1)`
const days = (when: string) => `count(distinct date) filter (where ${when})`
const checked = days(`date >= ${from}`)
const differing = days(`date >= ${from} and difference <> 0`)
const checkedBefore = days(`date < ${from}`)
const differingBefore = days(`date < ${from} and difference <> 0`)
const ofPeriod = `from analytics.reconciliation where date >= ${from} and date <= ${to}`

export const reconcile = dashboard({
  uid: 'bot-reconcile',
  title: 'Сверка',
  description:
    'Сходятся ли PostgreSQL, Loki и Prometheus: что нашла npm run reconcile, день за днём. Правда в PostgreSQL.',
  range: 'days',
  variables: [envVariable()],
  annotations: [...happenings, sinceWhenItCounts],
  rows: [
    {
      title: 'Всё ли хорошо',
      panels: [
        words({
          title: 'Дней не сошлось',
          description: 'Из проверенных дней периода; в скобках то же за такой же период до него.',
          unit: 'text',
          width: 6,
          queries: [
            sqlTable(
              `select ${differing} || ' из ' || nullif(${checked}, 0) || ' (раньше ' || ${differingBefore} || ' из ' || ${checkedBefore} || ')' as "Значение" from analytics.reconciliation where date >= ${before} and date <= ${to}`,
            ),
          ],
        }),
        numbers({
          title: 'Когда сверялись',
          description:
            'Сколько времени назад закончилась последняя сверка: каждую ночь за вчера. Больше суток с лишним: она не идёт.',
          unit: 'hours',
          decimals: 1,
          width: 6,
          height: 5,
          thresholds: [null, 'green', 28, 'red'],
          queries: [
            promqlNow(
              `(time() - (max(bot_reconciliation_last_run_timestamp_seconds{${env}}) > 0)) / 3600`,
              'Часов назад',
            ),
          ],
        }),
        nowTile({
          title: 'События в пути',
          description: 'Ждут PostgreSQL на диске и в памяти: пока не ноль, дни расходятся.',
          unit: 'count',
          width: 6,
          hours: 6,
          thresholds: [null, 'green', 1, 'orange', 500, 'red'],
          expr: `sum(bot_events_waiting{${env}})`,
        }),
        nowTile({
          title: 'Строки лога в пути',
          description: 'Ждут Loki на диске: пока не ноль, дни расходятся.',
          unit: 'count',
          width: 6,
          hours: 6,
          thresholds: [null, 'green', 1000, 'orange', 100_000, 'red'],
          expr: `sum(bot_log_spool_lines{${env}})`,
        }),
      ],
    },
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
              `select to_char(date, 'DD.MM.YYYY') as "День", ${number} as "Число", postgres as "PostgreSQL", loki as "Loki", prometheus as "Prometheus", difference as "Расхождение", ${cause} as "Причина", checked_at as "Проверено" ${ofPeriod} order by date desc, number`,
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
              `select to_char(date, 'DD.MM.YYYY') as "День", ${number} as "Число", difference as "Расхождение", ${cause} as "Причина" ${ofPeriod} and difference <> 0 order by date desc, number`,
            ),
          ],
        }),
        lines({
          title: 'Расхождение последней сверки',
          sparse: true,
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
        countsSince(),
        lines({
          title: 'Что ещё в пути',
          sparse: true,
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
          sparse: true,
          description: 'Попыток за час по исходу и p95 времени ответа (справа). Отказ: день сверить не с чем.',
          unit: 'count',
          thresholds: [null, 'green', 30, 'red'],
          queries: [
            promql(
              `sum by (upstream, outcome) (increase(bot_telemetry_queries_total{${env}}[1h]))`,
              '{{upstream}}: {{outcome}}',
            ),
            promql(
              `histogram_quantile(0.95, sum by (le, upstream) (rate(bot_telemetry_query_duration_seconds_bucket{${env}}[1h]))) >= 0`,
              'время: {{upstream}}',
            ),
          ],
          overrides: [{ of: '/время/', unit: 'seconds', rightAxis: true }],
        }),
        lines({
          title: 'Чего Prometheus не видел',
          sparse: true,
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
