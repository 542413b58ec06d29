import type { Source } from '../../events/catalogue.ts'
import type { Calendar } from './calendar.ts'
import { hourRhythm, type Profile, profiles } from './profiles.ts'
import type { Random } from './random.ts'

const second = 1000

/** Where user `index` comes from. User 0 was invited by none. */
export const sourceOf = (index: number, random: Random): Source => {
  const { habr, vc, telegram, referral, organic } = profiles
  const all = {
    habr: habr.weight,
    vc: vc.weight,
    telegram: telegram.weight,
    referral: referral.weight,
    organic: organic.weight,
  }
  return random.weighted(index === 0 ? { ...all, referral: 0 } : all)
}

/** Arrivals grow over time, with two waves after publications. */
export function arrivalDay(calendar: Calendar, random: Random): number {
  const wave = random.next()
  const last = calendar.length - 1
  if (wave < 0.15) return Math.min(last, Math.floor(last * 0.1 + Math.abs(random.normal()) * 4))
  if (wave < 0.25) return Math.min(last, Math.floor(last * 0.6 + Math.abs(random.normal()) * 5))
  return Math.floor(random.next() ** 0.8 * calendar.length)
}

/** Chance that a user comes back so many days after the first one. */
export const comesBack = ({ returns }: Profile, daysLater: number): number => returns * daysLater ** -0.45

/** A moment of the local day; owls are active around midnight, on either side of it. */
export function momentOf(day: number, calendar: Calendar, owl: boolean, random: Random): number {
  const start = calendar.startOf(day)
  if (owl)
    return random.chance(0.5)
      ? start + random.int(1, 3000) * second
      : calendar.startOf(day + 1) - random.int(61, 3000) * second
  const hours = Object.fromEntries(hourRhythm.map((weight, hour) => [String(hour), weight]))
  return start + Number(random.weighted(hours)) * 3_600 * second + random.int(0, 3_599) * second
}
