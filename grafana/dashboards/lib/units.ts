/**
 * The units of panels by what they are to us, each with Grafana's name for it. Grafana's own units of money and of large
 * numbers write «₽1K», «18.8 Mil», «1.5 mins» and «1.36 KiB». Its «financial» currency writes the whole number as the
 * browser's language does, «1 396,5» in Russian, with any suffix. Where more is needed («8,6 млн» or «594 488 ₽» by size),
 * SQL writes the text.
 */
const suffix = (text: string) => `currency:financial:\u00a0${text}:suffix`

/** Each with how many decimals it has where a panel says nothing; «financial» would round to one of its own. */
const units = {
  count: ['locale', 0],
  fraction: ['locale', 1],
  /** Of 100: Grafana's own unit of shares writes «28.6%». Without decimals whole ones have none, «100 %». */
  percent: [suffix('%'), undefined],
  rub: [suffix('₽'), 0],
  thousandRub: [suffix('тыс. ₽'), 1],
  million: [suffix('млн'), 1],
  seconds: [suffix('с'), 2],
  milliseconds: [suffix('мс'), 0],
  hours: [suffix('ч'), 1],
  perSecond: [suffix('/с'), 2],
  times: [suffix('раз'), 1],
  megabytes: [suffix('МБ'), 0],
  /** Milliseconds since 1970. */
  moment: ['time:DD.MM.YYYY HH:mm', undefined],
  text: ['string', undefined],
} as const

export type Unit = keyof typeof units

export const unitOf = (unit: Unit): string => units[unit][0]
export const decimalsOf = (unit: Unit): number | undefined => units[unit][1]
/** Grafana's own format of a column of times shows milliseconds where they are close together. */
export const dateAndTime = 'time:DD.MM.YYYY HH:mm:ss'
export const knownUnits: readonly string[] = [...Object.values(units).map(([name]) => name), dateAndTime]
