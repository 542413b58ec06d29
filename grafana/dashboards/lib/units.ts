/**
 * The units of panels by what they are to us, each with Grafana's name for it. Grafana's own units of money and of large
 * numbers write «₽1K», «18.8 Mil» and «1.5 mins»; a suffix is written behind the whole number. `locale` puts spaces between
 * thousands where the browser is Russian. Where more is needed («8,6 млн», «594 488 ₽»), SQL writes the text.
 */
const units = {
  count: 'locale',
  share: 'percentunit',
  rub: 'suffix:₽',
  thousandRub: 'suffix:тыс. ₽',
  million: 'suffix:млн',
  seconds: 'suffix:с',
  milliseconds: 'suffix:мс',
  hours: 'suffix:ч',
  perSecond: 'suffix:/с',
  times: 'suffix:раз',
  bytes: 'bytes',
  text: 'string',
} as const

export type Unit = keyof typeof units

export const unitOf = (unit: Unit): string => units[unit]
export const knownUnits: readonly string[] = Object.values(units)
