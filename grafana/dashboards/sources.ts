import { dashboard } from './lib/dashboard.ts'
import { runningSuffix } from './lib/days.ts'
import { sources as sourceLabels, stages } from './lib/labels.ts'
import { numberTile } from './lib/number-tiles.ts'
import { bars, lines, shares } from './lib/panels.ts'
import { labelled, period, sqlSeries, sqlTable } from './lib/queries.ts'
import { heatMap, table } from './lib/tables.ts'

const name = labelled('source', sourceLabels)
const bySource = (columns: string) =>
  sqlTable(`select ${name} as "Источник", ${columns} from analytics.source_changes(${period})`)
/** Weeks of life that a table of a desk's width has room for. */
const weeks = Array.from({ length: 13 }, (_, week) => `active[${week + 1}] as "${week}"`)

/** Stands in the description of each tile. */
const note = 'Все источники вместе.'

export const sources = dashboard({
  uid: 'bot-sources',
  title: 'Источники трафика',
  description: 'Откуда приходят люди, кто из них доходит до корзины, остаётся и сколько стоит.',
  range: 'days',
  rows: [
    {
      title: 'Всё ли хорошо',
      panels: [
        numberTile('new_users', { width: 6, note }),
        numberTile('carts', { width: 6, note }),
        numberTile('gmv', { width: 6, note }),
        numberTile('cost_per_user', { width: 6, note }),
        table({
          title: 'Источники и такой же период до этого',
          description:
            'Люди источника и доля собравших корзину; изменение считается по закончившимся дням, «в пределах шума»: разницу мог дать случай.',
          unit: 'count',
          height: 8,
          queries: [
            bySource(
              'users as "Людей", before as "Раньше", users_change as "Изменение", 100 * share as "Доля", new_users as "Новых", 100 * conversion as "С корзиной", conversion_change as "Изменение конверсии"',
            ),
          ],
          overrides: [
            { of: '/^(Доля|С корзиной)$/', unit: 'percent' },
            { of: 'Изменение конверсии', width: 190 },
          ],
        }),
      ],
    },
    {
      title: 'За выбранные дни',
      panels: [
        shares({
          title: 'Люди по источникам',
          description: 'Все, кто что-то делал в периоде, по источнику их первого /start.',
          unit: 'count',
          queries: [bySource('users as "Людей"')],
        }),
        bars({
          title: 'Конверсия в корзину по источникам',
          description: 'Доля людей источника, собравших в периоде хотя бы одну корзину.',
          unit: 'percent',
          by: 'Источник',
          queries: [bySource('100 * conversion as "С корзиной"')],
        }),
        table({
          title: 'Корзины и деньги источников',
          description: 'GMV: оценочная сумма корзин. На человека: рубли модели, делённые на людей источника.',
          unit: 'count',
          height: 8,
          queries: [
            bySource(
              'carts as "Корзин", first_carts as "Первых корзин", gmv as "GMV (оценка), ₽", cost_rub as "Модель, ₽", cost_per_user as "На человека, ₽"',
            ),
          ],
          overrides: [
            { of: '/GMV|Модель/', decimals: 0 },
            { of: '/На человека/', decimals: 2 },
          ],
        }),
        bars({
          title: 'Рубли модели по источникам',
          description: 'Сколько стоили ответы людям каждого источника за период.',
          unit: 'rub',
          decimals: 0,
          by: 'Источник',
          queries: [bySource('cost_rub as "Модель"')],
        }),
        lines({
          title: 'Новые люди по источникам',
          description: 'Первые в жизни /start по дням. Пустой столбец: день ещё идёт.',
          unit: 'count',
          stacked: true,
          bars: true,
          queries: [
            sqlSeries(
              `select analytics.day_start(day) as "time", ${name} || case when day >= analytics.today() then '${runningSuffix}' else '' end as metric, new_users as value from analytics.daily_by_source where day >= analytics.local_date($__timeFrom()::timestamptz) and day <= analytics.local_date($__timeTo()::timestamptz) order by 1`,
            ),
          ],
        }),
      ],
    },
    {
      title: 'Ссылки',
      panels: [
        table({
          title: 'Что принесла каждая ссылка',
          description:
            'Ссылки из /admin_link. Запуски: все /start по ссылке. Люди: те, чей первый в жизни /start был по ней. Стоимость и цена первой корзины: за всё время ссылки до конца периода.',
          unit: 'count',
          decimals: 0,
          queries: [
            sqlTable(
              `select name as "Ссылка", starts as "Запусков", new_users as "Новых", first_carts as "Первых корзин", carts as "Корзин", gmv as "GMV (оценка), ₽", cost_rub as "Модель, ₽", price_rub as "Стоимость, ₽", price_rub / nullif(total_first_carts, 0) as "За первую, ₽", total_gmv / nullif(price_rub + total_cost_rub, 0) as "GMV на рубль, ₽" from analytics.campaigns(${period})`,
            ),
          ],
          overrides: [
            { of: 'Ссылка', width: 190 },
            { of: 'GMV на рубль, ₽', decimals: 2 },
          ],
        }),
      ],
    },
    {
      title: 'Уход',
      panels: [
        lines({
          title: 'Заблокировали бота и вернулись',
          description: 'Люди, которые заблокировали бота в Telegram или впустили его снова, по дням.',
          unit: 'count',
          bars: true,
          queries: [
            sqlSeries(
              `select analytics.day_start(day) as "time", sum(blocks) as "Заблокировали", sum(unblocks) as "Вернулись" from analytics.churn(${period}) group by day order by 1`,
            ),
          ],
        }),
        table({
          title: 'Откуда ушли и после какого шага',
          description: 'Шаг: самый дальний, которого человек достиг до блокировки.',
          unit: 'count',
          queries: [
            sqlTable(
              `select ${name} as "Источник", ${labelled('step', { none: 'ничего', ...stages })} as "После шага", sum(blocks) as "Заблокировали", sum(unblocks) as "Вернулись" from analytics.churn(${period}) group by source, step order by 3 desc, 1, 2`,
            ),
          ],
        }),
      ],
    },
    {
      title: 'Когорты',
      panels: [
        heatMap({
          title: 'Недельные когорты: доля активных по неделям',
          description:
            'Строка: люди, новые на этой неделе. Столбец: недель спустя. Ячейка: доля тех, у кого была сессия; «◌» без цвета: неделя ещё идёт. Первые 12 недель; период шире 30 дней показывает больше строк.',
          unit: 'text',
          cells: '/^\\d+$/',
          queries: [
            sqlTable(
              `select to_char(week, 'DD.MM.YYYY') as "Неделя с", size as "Новых", ${weeks.join(', ')} from analytics.cohort_cells(${period})`,
            ),
          ],
          overrides: [
            { of: 'Неделя с', width: 110 },
            { of: 'Новых', width: 80, unit: 'count' },
          ],
        }),
      ],
    },
  ],
})
