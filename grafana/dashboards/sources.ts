import { dashboard } from './lib/dashboard.ts'
import { sources as sourceLabels } from './lib/labels.ts'
import { bars, lines, shares, table } from './lib/panels.ts'
import { labelled, period, sqlSeries, sqlTable } from './lib/queries.ts'

const source = `${labelled('source', sourceLabels)} as "Источник"`
const bySource = (columns: string) => sqlTable(`select ${source}, ${columns} from analytics.source_shares(${period})`)
const weeks = Array.from({ length: 13 }, (_, week) => `active[${week + 1}] as "${week}"`)

export const sources = dashboard({
  uid: 'bot-sources',
  title: 'Источники трафика',
  description: 'Откуда приходят люди, кто из них доходит до корзины, остаётся и сколько стоит.',
  range: 'days',
  rows: [
    {
      title: 'За выбранные дни',
      panels: [
        shares({
          title: 'Люди по источникам',
          description: 'Все, кто что-то делал в периоде, по источнику их первого /start.',
          unit: 'short',
          empty: 'никого не было',
          queries: [bySource('users as "Людей"')],
        }),
        bars({
          title: 'Конверсия в корзину по источникам',
          description: 'Доля людей источника, собравших в периоде хотя бы одну корзину.',
          unit: 'percentunit',
          by: 'Источник',
          thresholds: [null, 'red', 0.2, 'green'],
          empty: 'никого не было',
          queries: [bySource('conversion as "С корзиной"')],
        }),
        table({
          title: 'Всё об источниках',
          description: 'GMV: оценочная сумма корзин. На человека: рубли модели, делённые на людей источника.',
          unit: 'short',
          empty: 'никого не было',
          queries: [
            bySource(
              'users as "Людей", share as "Доля", new_users as "Новых", with_cart as "С корзиной", conversion as "Конверсия", first_carts as "Первых корзин", carts as "Корзин", gmv as "GMV (оценка)", cost_rub as "Модель, ₽", cost_per_user as "На человека, ₽"',
            ),
          ],
          overrides: [
            { of: '/Доля|Конверсия/', unit: 'percentunit', decimals: 1 },
            { of: '/GMV|Модель/', unit: 'currencyRUB', decimals: 0 },
            { of: '/На человека/', unit: 'currencyRUB', decimals: 2 },
          ],
        }),
        bars({
          title: 'Рубли модели по источникам',
          description: 'Сколько стоили ответы людям каждого источника за период.',
          unit: 'currencyRUB',
          by: 'Источник',
          empty: 'модель не вызывали',
          queries: [bySource('cost_rub as "Стоимость API"')],
        }),
        lines({
          title: 'Новые люди по источникам',
          description: 'Первые в жизни /start по дням.',
          unit: 'short',
          stacked: true,
          bars: true,
          empty: 'новых не было',
          queries: [
            sqlSeries(
              `select analytics.day_start(day) as "time", ${labelled('source', sourceLabels)} as metric, new_users as value from analytics.daily_by_source where day >= analytics.local_date($__timeFrom()::timestamptz) and day <= analytics.local_date($__timeTo()::timestamptz) order by 1`,
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
          unit: 'short',
          empty: 'ссылок ещё нет: /admin_link',
          queries: [
            sqlTable(
              `select name as "Ссылка", starts as "Запусков", new_users as "Новых", first_carts as "Первых корзин", carts as "Корзин", gmv as "GMV (оценка)", cost_rub as "Модель, ₽", price_rub as "Стоимость, ₽", price_rub / nullif(total_first_carts, 0) as "За первую корзину, ₽", total_gmv / nullif(price_rub + total_cost_rub, 0) as "GMV на рубль" from analytics.campaigns(${period})`,
            ),
          ],
          overrides: [
            { of: '/GMV \\(|Модель|Стоимость|За первую/', unit: 'currencyRUB', decimals: 0 },
            { of: 'GMV на рубль', unit: 'currencyRUB', decimals: 2 },
          ],
        }),
      ],
    },
    {
      title: 'Когорты',
      panels: [
        table({
          title: 'Недельные когорты: доля активных по неделям',
          description:
            'Строка: люди, новые на этой неделе. Столбец: недель спустя. Ячейка: доля тех, у кого была сессия. Первые 12 недель; период шире 30 дней показывает больше строк.',
          unit: 'short',
          height: 11,
          empty: 'новых не было',
          queries: [
            sqlTable(
              `select to_char(week, 'DD.MM.YYYY') as "Неделя с", size as "Новых", ${weeks.join(', ')} from analytics.cohort_shares(${period})`,
            ),
          ],
          overrides: [
            {
              of: '/^\\d+$/',
              unit: 'percentunit',
              decimals: 0,
              thresholds: [null, 'transparent', 0.01, '#1f4a3d', 0.1, '#2b7a5b', 0.25, '#37a77a', 0.5, '#56d6a0'],
              coloured: true,
              width: 60,
            },
            { of: 'Неделя с', width: 110 },
            { of: 'Новых', width: 80 },
          ],
        }),
      ],
    },
  ],
})
