import { happenings, sinceWhenItCounts } from './lib/annotations.ts'
import { dashboard, envVariable } from './lib/dashboard.ts'
import { daySeries, numberSeries } from './lib/days.ts'
import { errorTypes, events, sources, upstreams } from './lib/labels.ts'
import { thisRequest } from './lib/links.ts'
import { numberTile, withChange } from './lib/number-tiles.ts'
import { lines, tile } from './lib/panels.ts'
import { labelled, logql, period, promql, sqlTable } from './lib/queries.ts'
import { logsOf } from './lib/saved-queries.ts'
import { countsSince, table } from './lib/tables.ts'

const env = 'env=~"$env"'
const errorLines = `sum by (level) (count_over_time(${logsOf('level=~"error|critical"')}[$__auto]))`

/** Ratings as the metric counts them: a 👎 may carry why. */
const ratings = {
  'up none': '👍',
  'down none': '👎',
  'down expensive': '👎 дорого',
  'down wrong': '👎 не то',
  'down missing': '👎 чего-то нет',
  'down extra': '👎 лишнее',
  'down other': '👎 другое',
}

/** Rows of the money by what they are about; the whole has no name of its own. */
const whose = `case dimension when 'source' then ${labelled('key', sources)} when 'campaign' then coalesce((select c.name from analytics.campaigns(${period}) c where c.campaign = key), key) when 'cohort' then case key when 'none' then 'без /start' else to_char(key::date, 'DD.MM.YYYY') end end`

export const business = dashboard({
  uid: 'bot-business',
  title: 'Бизнес и техника',
  description: 'PostgreSQL, Loki и Prometheus на одной оси времени: что сбои делают с корзинами и что корзины стоят.',
  range: 'days',
  variables: [envVariable()],
  annotations: [...happenings, sinceWhenItCounts],
  rows: [
    {
      title: 'Всё ли хорошо',
      panels: [
        numberTile('carts', { width: 6 }),
        numberTile('gmv', { width: 6 }),
        tile({
          title: 'Рубли модели',
          description: `Сколько стоили ответы периода. ${withChange}`,
          unit: 'rub',
          width: 6,
          queries: [numberSeries('cost_rub', 'cost_rub')],
        }),
        numberTile('error_share', { width: 6 }),
      ],
    },
    {
      title: 'Деньги',
      panels: [
        lines({
          title: 'Корзины',
          description: 'PostgreSQL: собрано по дням. Красные метки: тревоги. Пустой столбец: день ещё идёт.',
          unit: 'count',
          bars: true,
          queries: [daySeries([{ name: 'Корзины', sql: 'carts' }], { bars: true })],
        }),
        lines({
          title: 'GMV (оценка)',
          description: 'PostgreSQL: сумма собранных корзин по дням, в тысячах рублей. Пустой столбец: день ещё идёт.',
          unit: 'thousandRub',
          decimals: 1,
          bars: true,
          queries: [daySeries([{ name: 'GMV', sql: 'gmv / 1000' }], { bars: true })],
        }),
        lines({
          title: 'Рубли модели',
          description: 'PostgreSQL: сколько стоили ответы каждого дня. Пустой столбец: день ещё идёт.',
          unit: 'rub',
          decimals: 0,
          bars: true,
          queries: [daySeries([{ name: 'Модель', sql: 'cost_rub' }], { bars: true })],
        }),
        lines({
          title: 'Рубли модели как доля GMV',
          description: 'PostgreSQL: рубли модели, делённые на оценочную сумму корзин дня. Точками: день ещё идёт.',
          unit: 'percent',
          queries: [daySeries([{ name: 'Доля от GMV', sql: '100 * cost_share' }])],
        }),
        lines({
          title: 'Оценки корзин',
          sparse: true,
          description: 'Prometheus: нажатия 👍 и 👎 за час, у 👎 с причиной. Изменённая оценка считается ещё раз.',
          unit: 'count',
          decimals: 0,
          bars: true,
          stacked: true,
          width: 24,
          names: ratings,
          queries: [
            promql(
              `sum by (rating, reason) (increase(bot_cart_ratings_total{${env}}[1h])) > 0`,
              '{{rating}} {{reason}}',
            ),
          ],
        }),
      ],
    },
    {
      title: 'Экономика',
      panels: [
        table({
          title: 'Доход и расход, ₽: всё, источники, ссылки, недели',
          description:
            'Доход – оценка: GMV × доля корзин с партнёрской меткой × AFFILIATE_PERCENT × ORDER_CONVERSION_PERCENT (предположение). От – до: 95 % интервал доли с меткой и доля заказов от половины предположения до полутора. Пусто, пока AFFILIATE_PERCENT не задан. Итог: доход минус модель.',
          unit: 'count',
          decimals: 0,
          height: 10,
          queries: [
            sqlTable(
              `select case dimension when 'all' then 'Всё' when 'source' then 'Источник' when 'campaign' then 'Ссылка' else 'Неделя /start' end as "Чего", ${whose} as "Кто", carts as "Корзин", labelled_carts as "С меткой", gmv as "GMV (оценка)", cost_rub as "Модель", income_low as "Доход от", income as "Доход", income_high as "Доход до", margin_low as "Итог от", margin as "Итог", margin_high as "Итог до" from analytics.unit_economics(${period})`,
            ),
          ],
          overrides: [
            { of: 'Чего', width: 130 },
            { of: 'Кто', width: 190 },
          ],
        }),
      ],
    },
    {
      title: 'Как сбои влияют на корзины',
      panels: [
        countsSince(),
        lines({
          title: 'Неудачные сообщения',
          sparse: true,
          description: 'Prometheus: доля сообщений, которые закончились ошибкой, за час до точки. До 1 % норма.',
          unit: 'percent',
          thresholds: [null, 'green', 1, 'orange', 5, 'red'],
          queries: [promql(`100 * max(env:bot_messages_failed:ratio_rate1h{${env}})`, 'Доля ошибок')],
        }),
        lines({
          title: 'Время ответа',
          sparse: true,
          description: 'Prometheus: p95 времени от сообщения до ответа, за 5 минут до точки.',
          unit: 'seconds',
          decimals: 1,
          thresholds: [null, 'green', 20, 'orange', 45, 'red'],
          queries: [promql(`max(env:bot_message_duration_seconds:p95_rate5m{${env}})`, 'p95')],
        }),
        lines({
          title: 'Активные с корзиной',
          description: 'PostgreSQL: доля активных за день, собравших в этот день корзину. Точками: день ещё идёт.',
          unit: 'percent',
          queries: [daySeries([{ name: 'С корзиной', sql: '100 * conversion' }])],
        }),
        lines({
          title: 'Сообщения за день',
          description:
            'PostgreSQL: обработано сообщений. Пустой столбец: день ещё идёт. Сравнение с Prometheus: «Сверка».',
          unit: 'count',
          bars: true,
          queries: [daySeries([{ name: 'Сообщения', sql: 'messages' }], { bars: true })],
        }),
        lines({
          title: 'Строки об ошибках',
          description: 'Loki: строки error и critical за каждый отрезок графика.',
          unit: 'count',
          bars: true,
          queries: [logql(errorLines, '{{level}}')],
        }),
        lines({
          title: 'Ошибки за день',
          description: 'PostgreSQL: события bot_error. Пустой столбец: день ещё идёт.',
          unit: 'count',
          bars: true,
          queries: [daySeries([{ name: 'Ошибки', sql: 'errors' }], { bars: true })],
        }),
        lines({
          title: 'Сообщения в секунду',
          sparse: true,
          description: 'Prometheus: обработано ботом и записано в базу. Долго расходятся: события ждут базу.',
          unit: 'perSecond',
          width: 24,
          queries: [
            promql(`sum(env:bot_messages:rate5m{${env}})`, 'обработано'),
            promql(`sum(rate(bot_messages_recorded_total{${env}}[$__rate_interval]))`, 'записано'),
          ],
        }),
      ],
    },
    {
      title: 'События',
      panels: [
        table({
          title: 'Ошибки по видам',
          description:
            'Сообщения без ответа за период: что отказало, скольких людей это коснулось, когда впервые и когда в последний раз. То же в чате: /admin_errors.',
          unit: 'count',
          queries: [
            sqlTable(
              `select ${labelled('upstream', upstreams)} as "Сервис", ${labelled('error_type', errorTypes)} as "Что", errors as "Ошибок", users as "Людей", first_at as "Впервые", last_at as "В последний раз" from analytics.errors(${period})`,
            ),
          ],
          overrides: [
            { of: 'Что', width: 240 },
            { of: 'Впервые', width: 180 },
            { of: 'В последний раз', width: 180 },
          ],
        }),
        table({
          title: 'Последние события',
          description: 'До 200 последних событий периода, без людей и их слов. Номер запроса ведёт к его строкам лога.',
          unit: 'count',
          height: 12,
          queries: [
            sqlTable(
              `select "time" as "Когда", ${labelled('event_type', events)} as "Событие", details as "Подробности", request_id as "Запрос" from analytics.recent_events($__timeFrom()::timestamptz, $__timeTo()::timestamptz)`,
            ),
          ],
          overrides: [
            { of: 'Когда', width: 180 },
            { of: 'Подробности', width: 740 },
            { of: 'Запрос', width: 150, link: thisRequest('__value.text') },
          ],
        }),
      ],
    },
  ],
})
