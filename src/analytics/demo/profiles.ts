import type { Source } from '../../events/catalogue.ts'

/** Behaviour of the users of one source. */
export interface Profile {
  /** Number of users relative to the other sources. */
  weight: number
  /** Share of users who write after /start. */
  writes: number
  /** Share of users who come back on the next day; decreases for later days. */
  returns: number
  /** Chance that a session with a search ends with a cart. */
  buys: number
  /** Median total of a cart, in roubles. */
  cart: number
}

/** Habr brings many curious users, friends bring few who stay. */
export const profiles: Readonly<Record<Source, Profile>> = {
  habr: { weight: 34, writes: 0.82, returns: 0.24, buys: 0.22, cart: 1250 },
  vc: { weight: 14, writes: 0.74, returns: 0.2, buys: 0.26, cart: 1480 },
  telegram: { weight: 18, writes: 0.88, returns: 0.3, buys: 0.3, cart: 1120 },
  referral: { weight: 12, writes: 0.95, returns: 0.46, buys: 0.42, cart: 1690 },
  organic: { weight: 22, writes: 0.86, returns: 0.34, buys: 0.34, cart: 1390 },
}

/** Monday to Sunday: food is planned before the weekend. */
export const weekdayRhythm = [0.9, 0.85, 0.9, 1, 1.2, 1.25, 1.05] as const

/** Relative activity in hours 0 to 23 of a local day, highest in the evening. */
export const hourRhythm = [5, 2, 1, 0.5, 0.5, 1, 2, 4, 6, 7, 8, 9, 11, 10, 8, 8, 9, 12, 15, 16, 14, 11, 9, 8] as const

export const queries: readonly [string, ...string[]] = [
  'молоко',
  'хлеб бородинский',
  'яйца',
  'творог 5%',
  'куриное филе',
  'сыр',
  'гречка',
  'бананы',
  'огурцы',
  'помидоры черри',
  'сметана',
  'кефир',
  'фарш говяжий',
  'лосось',
  'рис',
  'картофель',
  'масло сливочное',
  'йогурт без сахара',
  'овсянка',
  'яблоки',
  'паста',
  'лаваш',
  'авокадо',
  'тофу',
  'шпинат',
  'кокосовое молоко',
  'индейка',
  'хумус',
  'кофе в зёрнах',
  'морковь',
]

/** Queries without results. */
export const missingQueries: readonly [string, ...string[]] = [
  'мука нутовая',
  'трюфель',
  'сыр без лактозы козий',
  'дуриан',
]

export const opinions: readonly [string, ...string[]] = [
  'Хочу больше рецептов',
  'Удобно собирать ужин за минуту',
  'Не хватает фильтра по калориям',
  'Иногда предлагает не то молоко',
  'Было бы здорово сохранять любимые наборы',
  'Отлично, спасибо!',
]

/** Messages of invented failures: each begins with the service that failed, as ours do. */
export const errorMessages = {
  RateLimitError: 'gigachat: demo',
  TimeoutError: 'shop: demo',
  MCPError: 'shop: demo',
  Unknown: 'TypeError',
}
