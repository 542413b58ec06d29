import { addDays, lengthOf, type Period } from '../../analytics/period.ts'
import { counted } from '../wording.ts'

/** «07.02» of `2026-02-07`. */
export const shortDay = (day: string): string => `${day.slice(8, 10)}.${day.slice(5, 7)}`

/** «07.02 – 13.02», with years where two are touched; «13.02» for a single day. */
export function daysTitle({ from, to }: Period): string {
  const inOneYear = from.slice(0, 4) === to.slice(0, 4)
  const name = (day: string) => (inOneYear ? shortDay(day) : `${shortDay(day)}.${day.slice(0, 4)}`)
  return from === to ? shortDay(to) : `${name(from)} – ${name(to)}`
}

/** «за 7 дней (07.02 – 13.02)»; «за сегодня (13.02)», «за вчера (12.02)», «за 07.02.2025» for a single day. */
export function periodTitle(period: Period, today: string): string {
  const { from, to } = period
  if (from !== to) return `за ${counted(lengthOf(period), ['день', 'дня', 'дней'])} (${daysTitle(period)})`
  if (to === today) return `за сегодня (${shortDay(to)})`
  if (to === addDays(today, -1)) return `за вчера (${shortDay(to)})`
  return `за ${shortDay(to)}${to.slice(0, 4) === today.slice(0, 4) ? '' : `.${to.slice(0, 4)}`}`
}
