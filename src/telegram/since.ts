import { counted } from './wording.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** «12 минут», «3 ч 20 мин», «2 дня 4 ч», «меньше минуты»: the two largest units, rounded down. */
export function durationText(ms: number): string {
  const days = Math.floor(ms / dayMs)
  const hours = Math.floor((ms % dayMs) / hourMs)
  const minutes = Math.floor((ms % hourMs) / minuteMs)
  if (days > 0) return `${counted(days, ['день', 'дня', 'дней'])}${hours > 0 ? ` ${hours}\u00A0ч` : ''}`
  if (hours > 0) return `${hours}\u00A0ч${minutes > 0 ? ` ${minutes}\u00A0мин` : ''}`
  return minutes > 0 ? counted(minutes, ['минута', 'минуты', 'минут']) : 'меньше минуты'
}

/** «5 с», «12 мин», «3 ч 20 мин», «2 дн 4 ч»: the same in units without a case, for the middle of a sentence. */
export function shortDuration(ms: number): string {
  if (ms < minuteMs) return `${Math.max(0, Math.floor(ms / 1000))}\u00A0с`
  const days = Math.floor(ms / dayMs)
  const hours = Math.floor((ms % dayMs) / hourMs)
  const minutes = Math.floor((ms % hourMs) / minuteMs)
  const units: [number, string][] = [
    [days, 'дн'],
    [hours, 'ч'],
    [minutes, 'мин'],
  ]
  const largest = units.findIndex(([n]) => n > 0)
  return units
    .slice(largest, largest + 2)
    .filter(([n]) => n > 0)
    .map(([n, unit]) => `${n}\u00A0${unit}`)
    .join(' ')
}

/** «14:02» on the day of `now`, else «25.11 14:02», in the time zone. */
export function createClockText(timeZone: string): (at: Date, now: Date) => string {
  const day = new Intl.DateTimeFormat('ru-RU', { timeZone, day: '2-digit', month: '2-digit', year: 'numeric' })
  const time = new Intl.DateTimeFormat('ru-RU', { timeZone, hour: '2-digit', minute: '2-digit' })
  return (at, now) => {
    const date = day.format(at)
    if (date === day.format(now)) return time.format(at)
    const isThisYear = date.slice(6) === day.format(now).slice(6)
    return `${isThisYear ? date.slice(0, 5) : date} ${time.format(at)}`
  }
}
