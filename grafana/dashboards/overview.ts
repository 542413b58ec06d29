import { type NumberDefinition, summaryNumbers } from '../../src/analytics/dictionary.ts'
import { dashboard } from './lib/dashboard.ts'
import { gauge, lines, numbers, type Override, type PlacedLater } from './lib/panels.ts'
import { period, sqlSeries, sqlTable } from './lib/queries.ts'

const dayNumbers = (columns: string) => sqlSeries(`select "time", ${columns} from analytics.day_numbers(${period})`)

/** How a number of the dictionary is written; whole numbers have no unit of their own. */
const units: Partial<Record<NumberDefinition['unit'], Pick<Override, 'unit' | 'decimals'>>> = {
  'users a day': { decimals: 1 },
  'carts a user': { decimals: 2 },
  share: { unit: 'percentunit', decimals: 1 },
  '₽': { unit: 'currencyRUB', decimals: 0 },
  '₽ a user': { unit: 'currencyRUB', decimals: 2 },
}

/** What a number is called in SQL: retention is stored as the pair of which it is the quotient. */
const column = ({ key }: NumberDefinition) =>
  key.startsWith('retention_') ? `${key}_returned::numeric / nullif(${key}_cohort, 0)` : key

/** The numbers of one group of the dictionary, by its own words. */
const group = (name: NumberDefinition['group'], description: string): PlacedLater => {
  const found = summaryNumbers.filter(number => number.group === name)
  const columns = found.map(number => `${column(number)} as "${number.label}"`)
  return numbers({
    title: name,
    description,
    unit: 'none',
    empty: '—',
    queries: [sqlTable(`select ${columns.join(', ')} from analytics.summary(${period})`)],
    overrides: found.flatMap(({ label, unit }) => (units[unit] === undefined ? [] : [{ of: label, ...units[unit] }])),
  })
}

export const overview = dashboard({
  uid: 'bot-overview',
  title: 'Ежедневный обзор',
  description: 'Кто приходит, что собирает и сколько это стоит: те же числа, что в /admin_analytics за тот же период.',
  range: 'days',
  rows: [
    {
      title: 'За выбранные дни',
      panels: [
        group(
          'Пользователи',
          'Новых: первый /start в периоде. DAU: среднее по дням. Retention: доля новых, кто вернулся через 1 и 7 дней; прочерк, пока день не прошёл.',
        ),
        group(
          'Корзины',
          'GMV это сумма собранных корзин, оценка: открыли ли корзину и что заказали, бот знать не может.',
        ),
        group('Расходы', 'Токены и рубли модели; на пользователя: рубли, делённые на активных.'),
      ],
    },
    {
      title: 'По дням',
      panels: [
        lines({
          title: 'DAU, новые, сессии',
          description: 'Люди с сессией в этот день, новые люди и начатые сессии. Провал до нуля: бот стоял.',
          unit: 'short',
          queries: [dayNumbers('dau as "DAU", new_users as "Новые", sessions as "Сессии"')],
        }),
        lines({
          title: 'Корзины и GMV (оценка)',
          description: 'Собранные корзины (слева) и их сумма в рублях (справа). Сумма оценочная.',
          unit: 'short',
          bars: true,
          queries: [dayNumbers('carts as "Корзины", gmv as "GMV (оценка)"')],
          overrides: [{ of: 'GMV (оценка)', unit: 'currencyRUB', rightAxis: true }],
        }),
        lines({
          title: 'Средний чек',
          description: 'GMV дня, делённый на корзины с известной суммой; в дни без таких корзин точки нет.',
          unit: 'currencyRUB',
          decimals: 0,
          empty: 'корзин не было',
          queries: [dayNumbers('avg_cart as "Средний чек"')],
        }),
        lines({
          title: 'Стоимость модели и цена пользователя',
          description: 'Рубли модели за день (столбцы) и рубли на одного активного человека (линия, справа).',
          unit: 'currencyRUB',
          queries: [dayNumbers('cost_rub as "Стоимость API", cost_per_user as "На пользователя"')],
          overrides: [
            { of: 'Стоимость API', bars: true },
            { of: 'На пользователя', rightAxis: true, decimals: 2 },
          ],
        }),
      ],
    },
    {
      title: 'Ошибки',
      panels: [
        gauge({
          title: 'Доля ошибок',
          description:
            'Доля сообщений, которые закончились ошибкой. Неудачи команд и кнопок – на доске «Здоровье». До 1 % норма, выше 5 % бот скорее сломан.',
          unit: 'percentunit',
          decimals: 2,
          max: 0.1,
          thresholds: [null, 'green', 0.01, 'orange', 0.05, 'red'],
          empty: 'сообщений не было',
          queries: [sqlTable(`select error_share as "Доля ошибок" from analytics.summary(${period})`)],
        }),
        lines({
          title: 'Ошибки и сообщения по дням',
          description: 'Сколько сообщений обработано и сколько из них закончились ошибкой (справа).',
          unit: 'short',
          queries: [dayNumbers('messages as "Сообщения", errors as "Ошибки"')],
          overrides: [{ of: 'Ошибки', bars: true, rightAxis: true }],
        }),
      ],
    },
  ],
})
