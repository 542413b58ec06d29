import { dashboard, envVariable } from './lib/dashboard.ts'
import { events } from './lib/labels.ts'
import { thisRequest } from './lib/links.ts'
import { lines, table } from './lib/panels.ts'
import { labelled, logql, period, promql, sqlSeries, sqlTable } from './lib/queries.ts'
import { logsOf } from './lib/saved-queries.ts'

const env = 'env=~"$env"'
const dayNumbers = (columns: string) => sqlSeries(`select "time", ${columns} from analytics.day_numbers(${period})`)
const errorLines = `sum by (level) (count_over_time(${logsOf('level=~"error|critical"')}[$__auto]))`

export const business = dashboard({
  uid: 'bot-business',
  title: 'Бизнес и техника',
  description: 'PostgreSQL, Loki и Prometheus на одной оси времени: что сбои делают с корзинами и что корзины стоят.',
  range: 'days',
  variables: [envVariable()],
  annotations: [
    {
      name: 'Тревоги',
      query: promql(
        `sum by (alertname, severity) (ALERTS{alertstate="firing", severity=~"critical|warning", ${env}}) > 0`,
        '',
      ),
      colour: 'red',
      text: '{{alertname}}',
    },
    {
      name: 'Перезапуски',
      query: promql(`sum(changes(process_start_time_seconds{job="bot", ${env}}[5m])) > 0`, ''),
      colour: 'purple',
      text: 'процесс запущен заново',
    },
  ],
  rows: [
    {
      title: 'Деньги',
      panels: [
        lines({
          title: 'Корзины и GMV (оценка)',
          description: 'PostgreSQL: корзины по дням (слева) и их оценочная сумма (справа). Красные метки: тревоги.',
          unit: 'short',
          bars: true,
          queries: [dayNumbers('carts as "Корзины", gmv as "GMV (оценка)"')],
          overrides: [{ of: 'GMV (оценка)', unit: 'currencyRUB', rightAxis: true }],
        }),
        lines({
          title: 'Оценки корзин',
          description: 'Prometheus: нажатия 👍 и 👎 за отрезок, у 👎 с причиной. Изменённая оценка считается ещё раз.',
          unit: 'short',
          bars: true,
          queries: [
            promql(
              `sum by (rating, reason) (increase(bot_cart_ratings_total{${env}}[$__rate_interval]))`,
              '{{rating}} {{reason}}',
            ),
          ],
        }),
        lines({
          title: 'Рубли модели и их доля от GMV',
          description:
            'PostgreSQL: рубли по дням и их доля от оценочной суммы корзин (справа). Prometheus: сутки до точки.',
          unit: 'currencyRUB',
          queries: [
            dayNumbers('cost_rub as "За день", cost_share as "Доля от GMV"'),
            promql(`sum(env:bot_llm_cost_rub:increase1d{${env}})`, 'Сутки по Prometheus'),
          ],
          overrides: [
            { of: 'За день', bars: true },
            { of: 'Доля от GMV', unit: 'percentunit', decimals: 2, rightAxis: true },
          ],
        }),
      ],
    },
    {
      title: 'Экономика',
      panels: [
        table({
          title: 'Доход и расход: всё, источники, ссылки, недели',
          description:
            'Доход – оценка: GMV × доля корзин с партнёрской меткой × AFFILIATE_PERCENT × ORDER_CONVERSION_PERCENT (предположение). От – до: 95 % интервал доли с меткой и доля заказов от половины предположения до полутора. Пусто, пока AFFILIATE_PERCENT не задан. Итог: доход минус модель.',
          unit: 'currencyRUB',
          height: 10,
          empty: 'ни корзин, ни расходов',
          queries: [
            sqlTable(
              `select case dimension when 'all' then 'Всё' when 'source' then 'Источник' when 'campaign' then 'Ссылка' else 'Неделя /start' end as "Чего", key as "Кто", carts as "Корзин", labelled_carts as "С меткой", gmv as "GMV (оценка)", cost_rub as "Модель", income_low as "Доход от", income as "Доход", income_high as "Доход до", margin_low as "Итог от", margin as "Итог", margin_high as "Итог до" from analytics.unit_economics(${period})`,
            ),
          ],
          overrides: [
            { of: '/^(Корзин|С меткой)$/', unit: 'short', decimals: 0 },
            { of: 'Чего', width: 130 },
          ],
        }),
      ],
    },
    {
      title: 'Как сбои влияют на корзины',
      panels: [
        lines({
          title: 'Ошибки и конверсия',
          description:
            'Prometheus: доля неудачных сообщений за час. PostgreSQL: доля активных за день, собравших корзину (справа).',
          unit: 'percentunit',
          thresholds: [null, 'green', 0.01, 'orange', 0.05, 'red'],
          queries: [
            promql(`max(env:bot_messages_failed:ratio_rate1h{${env}})`, 'Неудачные сообщения'),
            dayNumbers('conversion as "С корзиной"'),
          ],
          overrides: [{ of: 'С корзиной', rightAxis: true, bars: true }],
        }),
        lines({
          title: 'Скорость и конверсия',
          description: 'Prometheus: p95 времени ответа. PostgreSQL: доля активных за день, собравших корзину (справа).',
          unit: 's',
          thresholds: [null, 'green', 20, 'orange', 45, 'red'],
          queries: [
            promql(`max(env:bot_message_duration_seconds:p95_rate5m{${env}})`, 'Ответ, p95'),
            dayNumbers('conversion as "С корзиной"'),
          ],
          overrides: [{ of: 'С корзиной', unit: 'percentunit', rightAxis: true, bars: true }],
        }),
        lines({
          title: 'Строки об ошибках и события bot_error',
          description: 'Loki: строки error и critical за отрезок. PostgreSQL: bot_error за день (справа).',
          unit: 'short',
          empty: 'ошибок не было',
          queries: [logql(errorLines, '{{level}}'), dayNumbers('errors as "bot_error за день"')],
          overrides: [{ of: 'bot_error за день', rightAxis: true, bars: true }],
        }),
        lines({
          title: 'Сообщения: Prometheus и PostgreSQL',
          description:
            'Сообщений в секунду по Prometheus: обработано и записано в базу; всего за день по PostgreSQL (справа). Точное сравнение: «Сверка».',
          unit: 'reqps',
          queries: [
            promql(`sum(env:bot_messages:rate5m{${env}})`, 'В секунду'),
            promql(`sum(rate(bot_messages_recorded_total{${env}}[$__rate_interval]))`, 'Записано в секунду'),
            dayNumbers('messages as "За день"'),
          ],
          overrides: [{ of: 'За день', unit: 'short', rightAxis: true, bars: true }],
        }),
      ],
    },
    {
      title: 'События',
      panels: [
        table({
          title: 'Последние события',
          description: 'До 200 последних событий периода, без людей и их слов. Номер запроса ведёт к его строкам лога.',
          unit: 'short',
          height: 12,
          empty: 'событий не было',
          queries: [
            sqlTable(
              `select "time" as "Когда", ${labelled('event_type', events)} as "Событие", details as "Подробности", request_id as "Запрос" from analytics.recent_events($__timeFrom()::timestamptz, $__timeTo()::timestamptz)`,
            ),
          ],
          overrides: [
            { of: 'Когда', width: 180 },
            { of: 'Запрос', width: 150, link: thisRequest('__value.text') },
          ],
        }),
      ],
    },
  ],
})
