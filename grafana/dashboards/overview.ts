import { summaryNumbers } from '../../src/analytics/dictionary.ts'
import { dashboard } from './lib/dashboard.ts'
import { daySeries, numberSeries } from './lib/days.ts'
import { numberTile, withChange } from './lib/number-tiles.ts'
import { lines, tile } from './lib/panels.ts'
import { labelled, period, sqlTable } from './lib/queries.ts'
import { table } from './lib/tables.ts'

/** The numbers of the dictionary by their keys; the share of errors stands beside their count. */
const labels = Object.fromEntries([
  ...summaryNumbers.map(({ key, label }): [string, string] => [key, label]),
  ['error_share', 'Доля ошибок'],
])

export const overview = dashboard({
  uid: 'bot-overview',
  title: 'Ежедневный обзор',
  description: 'Кто приходит, что собирает и сколько это стоит: те же числа, что в /admin_analytics за тот же период.',
  range: 'days',
  rows: [
    {
      title: 'Всё ли хорошо',
      panels: [
        numberTile('new_users'),
        tile({
          title: 'DAU (средний)',
          description: `Люди с сессией, в среднем за день; идущий день не в счёт. ${withChange}`,
          unit: 'count',
          queries: [numberSeries('dau_avg', 'dau')],
        }),
        numberTile('carts'),
        numberTile('gmv'),
        numberTile('cost_per_user'),
        numberTile('error_share'),
      ],
    },
    {
      title: 'По дням',
      panels: [
        lines({
          title: 'DAU, новые, сессии',
          description:
            'Люди с сессией в этот день, новые люди и начатые сессии. Провал до нуля: бот стоял. Точками: день ещё идёт.',
          unit: 'count',
          queries: [
            daySeries([
              { name: 'DAU', sql: 'dau' },
              { name: 'Новые', sql: 'new_users' },
              { name: 'Сессии', sql: 'sessions' },
            ]),
          ],
        }),
        lines({
          title: 'Корзины',
          description: 'Собрано корзин по дням. Пустой столбец: день ещё идёт.',
          unit: 'count',
          bars: true,
          queries: [daySeries([{ name: 'Корзины', sql: 'carts' }], { bars: true })],
        }),
        lines({
          title: 'GMV (оценка)',
          description: 'Сумма собранных корзин по дням, в тысячах рублей. Пустой столбец: день ещё идёт.',
          unit: 'thousandRub',
          decimals: 1,
          bars: true,
          queries: [daySeries([{ name: 'GMV', sql: 'gmv / 1000' }], { bars: true })],
        }),
        lines({
          title: 'Средний чек',
          description: 'GMV дня, делённый на корзины с известной суммой; в дни без таких корзин точки нет.',
          unit: 'rub',
          decimals: 0,
          queries: [daySeries([{ name: 'Средний чек', sql: 'avg_cart' }])],
        }),
        lines({
          title: 'Рубли модели',
          description: 'Сколько стоили ответы каждого дня. Пустой столбец: день ещё идёт.',
          unit: 'rub',
          decimals: 0,
          bars: true,
          queries: [daySeries([{ name: 'Модель', sql: 'cost_rub' }], { bars: true })],
        }),
        lines({
          title: 'Рубли модели на пользователя',
          description: 'Рубли модели за день, делённые на активных в этот день. Точками: день ещё идёт.',
          unit: 'rub',
          decimals: 2,
          queries: [daySeries([{ name: 'На пользователя', sql: 'cost_per_user' }])],
        }),
        lines({
          title: 'Сообщения',
          description: 'Сколько сообщений обработано за день. Пустой столбец: день ещё идёт.',
          unit: 'count',
          bars: true,
          queries: [daySeries([{ name: 'Сообщения', sql: 'messages' }], { bars: true })],
        }),
        lines({
          title: 'Ошибки',
          description:
            'Сообщения, которые закончились ошибкой. Неудачи команд и кнопок – на доске «Здоровье». Пустой столбец: день ещё идёт.',
          unit: 'count',
          bars: true,
          queries: [daySeries([{ name: 'Ошибки', sql: 'errors' }], { bars: true })],
        }),
      ],
    },
    {
      title: 'Все числа',
      panels: [
        table({
          title: 'Данные на',
          description: 'За какое время верны числа этой страницы: реплика PostgreSQL может отставать от основной базы.',
          unit: 'text',
          width: 24,
          height: 4,
          queries: [
            sqlTable(
              `select to_char(analytics.true_at() at time zone (select time_zone from analytics.time_zone), 'DD.MM HH24:MI') as "Данные на"`,
            ),
          ],
        }),
        table({
          title: 'Период и такой же до него',
          description:
            'Числа /admin_analytics. Изменение считается по закончившимся дням: «в пределах шума» значит, что разницу мог дать случай. Прочерк: сравнить не с чем.',
          unit: 'text',
          height: 15,
          queries: [
            sqlTable(
              `select ${labelled('key', labels)} as "Число", shown as "За период", before as "За период до", change as "Изменение" from analytics.summary_changes(${period})`,
            ),
          ],
        }),
      ],
    },
  ],
})
