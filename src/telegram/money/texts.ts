import { count, none, percent, rub, short } from '../../analytics/show.ts'
import type { ModelBalance } from '../../assistant/gigachat/balance-watch.ts'

const nbsp = '\u00A0'
/** A sum with its sign: profit and loss must not look alike. */
const signed = (value: number): string => (value < 0 ? `−${rub(-value)}` : `+${rub(value)}`)

/** Texts of /admin_money. */
export const texts = {
  title: (period: string) => `💰 Экономика ${period}`,
  empty: 'За это время не было ни корзин, ни расходов.',
  labels: {
    carts: 'Корзин',
    labelled: 'С меткой',
    gmv: 'GMV (оценка)',
    cost: 'Модель',
    income: 'Доход (оценка)',
    margin: 'Итог (оценка)',
  },
  notSet: 'AFFILIATE_PERCENT не задан',
  /** «от 12 ₽ до 80 ₽, посередине 40 ₽» */
  income: (low: number | null, middle: number | null, high: number | null) =>
    low === null || middle === null || high === null
      ? none
      : `от${nbsp}${rub(low)} до${nbsp}${rub(high)}, посередине${nbsp}${rub(middle)}`,
  margin: (low: number | null, high: number | null) =>
    low === null || high === null ? none : `от${nbsp}${signed(low)} до${nbsp}${signed(high)}`,
  dimensions: { source: 'По источникам', campaign: 'По ссылкам', cohort: 'По неделям первого /start' },
  withoutStart: 'без /start',
  part: (name: string, carts: string, labelled: string, gmv: string, cost: string, margin: string | null) =>
    `${name}: корзин ${carts} (с меткой ${labelled}), GMV ${gmv}, модель ${cost}${margin === null ? '' : `, итог ${margin}`}`,
  assumptions: (affiliatePercent: number | null, orderPercent: number) =>
    [
      'Доход = GMV × доля корзин с меткой × партнёрский процент × доля заказов.',
      affiliatePercent === null
        ? 'Партнёрский процент не задан (AFFILIATE_PERCENT): доход и итог не посчитаны.'
        : `Партнёрский процент: ${percent(affiliatePercent / 100)} (AFFILIATE_PERCENT).`,
      `Доля заказов: ${percent(orderPercent / 100)} – предположение (ORDER_CONVERSION_PERCENT), а не измерение.`,
      'От – до: 95 % интервал доли с меткой и доля заказов от половины предположения до полутора.',
    ].join(' '),
  /** «GigaChat-2-Max: осталось 24,1 млн токенов, хватит на 12 дн.; между двумя чтениями списано 120 тыс., посчитано 119 тыс.» */
  balance: (balance: ModelBalance) => {
    const { check } = balance
    const left = balanceLeft(balance)
    if (check === null) return left
    const verdict = check.agrees ? '' : ' – не сходится!'
    return `${left}; между двумя чтениями списано ${short(check.charged)}, посчитано ${short(check.counted)}${verdict}`
  },
  caps: (name: 'мягкий' | 'жёсткий', limit: number | undefined, reached: number, days: number) =>
    limit === undefined
      ? `Потолок дня, ${name}: не задан`
      : `Потолок дня, ${name} (${rub(limit)}): достигнут в ${reached} из ${days} дн.`,
}

/** «GigaChat-2-Max: осталось 24,1 млн токенов, хватит на 12 дн.» */
export function balanceLeft({ model, tokens, daysLeft }: Pick<ModelBalance, 'model' | 'tokens' | 'daysLeft'>): string {
  const lasts = daysLeft === null ? '' : `, хватит на ${count(Math.floor(daysLeft))}${nbsp}дн.`
  return `${model}: осталось ${short(tokens)} токенов${lasts}`
}
