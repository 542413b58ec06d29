import { counted } from '../wording.ts'

const minuteMs = 60_000

/** «14 минут», «1 час 5 минут», «2 дня 3 часа», to follow «длилось» or «уже». */
export function showDuration(ms: number): string {
  const minutes = Math.floor(ms / minuteMs)
  if (minutes < 1) return 'меньше минуты'
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor((minutes % 1440) / 60)
  const parts = [
    days > 0 && counted(days, ['день', 'дня', 'дней']),
    hours > 0 && counted(hours, ['час', 'часа', 'часов']),
    days === 0 && minutes % 60 > 0 && counted(minutes % 60, ['минуту', 'минуты', 'минут']),
  ]
  return parts.filter(part => part !== false).join(' ')
}

/** Writes moments in the time zone of analytics: «14:02», and of another day than `now` «25 ноября 14:02». */
export function createClock(timeZone: string) {
  const time = new Intl.DateTimeFormat('ru-RU', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const day = new Intl.DateTimeFormat('ru-RU', { timeZone, day: 'numeric', month: 'long' })
  const offset = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'shortOffset' })
  return {
    show: (at: Date, now: Date): string =>
      day.format(at) === day.format(now) ? time.format(at) : `${day.format(at)} ${time.format(at)}`,
    /** «мск», elsewhere «UTC+5». */
    zone: (at: Date): string =>
      timeZone === 'Europe/Moscow'
        ? 'мск'
        : (offset
            .formatToParts(at)
            .find(({ type }) => type === 'timeZoneName')
            ?.value.replace('GMT', 'UTC') ?? 'UTC'),
  }
}
export type Clock = ReturnType<typeof createClock>
