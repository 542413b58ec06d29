import { numberSeries } from './days.ts'
import type { PanelSpec, PlacedLater } from './panel.ts'
import { tile } from './panels.ts'

export const withChange = 'Рядом изменение к такому же периоду до него: ▲ больше, ▼ меньше, ≈ в пределах шума.'

/** Numbers of the period that several boards begin with, by their keys in the dictionary. */
const numbers = {
  new_users: { title: 'Новые люди', about: 'Первый /start в периоде.', unit: 'count', sql: 'new_users' },
  carts: { title: 'Корзины', about: 'Собрано корзин, исправления не в счёт.', unit: 'count', sql: 'carts' },
  gmv: {
    title: 'GMV (оценка)',
    about: 'Сумма собранных корзин, оценка: что заказали, бот знать не может.',
    unit: 'rub',
    sql: 'gmv',
  },
  cost_per_user: {
    title: 'Модель на пользователя',
    about: 'Рубли модели, делённые на активных людей периода.',
    unit: 'rub',
    sql: 'cost_per_user',
  },
  error_share: {
    title: 'Доля ошибок',
    about: 'Сообщения, которые закончились ошибкой: до 1 % норма, выше 5 % бот скорее сломан.',
    unit: 'percent',
    sql: '100 * error_share',
    thresholds: [null, 'green', 1, 'orange', 5, 'red'],
  },
} satisfies Record<string, Pick<PanelSpec, 'title' | 'unit' | 'thresholds'> & { about: string; sql: string }>

/** The tile of such a number, the same on each board; `note` is what the board adds to its description. */
export function numberTile(
  key: keyof typeof numbers,
  { note, ...place }: Pick<PanelSpec, 'width'> & { note?: string } = {},
): PlacedLater {
  const { about, sql, ...spec } = numbers[key]
  const description = [about, note, withChange].filter(part => part !== undefined).join(' ')
  return tile({ ...spec, ...place, description, queries: [numberSeries(key, sql)] })
}
