import type { PromptRow } from '../numbers.ts'
import type { Period } from '../period.ts'
import type { Calendar } from './calendar.ts'
import type { Life } from './life.ts'
import { promptDays, promptOf } from './prompt-days.ts'
import { ratingsOf } from './ratings.ts'

/** Expected rows of `analytics.experiment`, calculated user by user. */
export function createExpectedPrompts(calendar: Calendar, period: Period) {
  const [from, to] = [calendar.indexOf(period.from), calendar.indexOf(period.to)]
  const within = (day: number) => day >= from && day <= to
  const rows = new Map<string, PromptRow>()
  /** Whole micro-roubles: binary fractions would differ from decimals in the last digit. */
  const money = new Map<string, { micro: number; microCarts: number; microSquared: bigint }>()
  const rated = new Map<string, { rated: number; up: number }>()
  return {
    add: (life: Life): void => {
      const version = promptOf(life)
      for (const { rating, at } of ratingsOf(life)) {
        if (!within(calendar.indexAt(at))) continue
        const counts = rated.get(version) ?? { rated: 0, up: 0 }
        rated.set(version, { rated: counts.rated + 1, up: counts.up + Number(rating === 'up') })
      }
      const days = promptDays(life, calendar).filter(({ day }) => within(day))
      const [first, last] = [days[0], days.at(-1)]
      if (first === undefined || last === undefined) return
      const sum = (key: 'sessions' | 'messages' | 'turns' | 'costMicro' | 'carts') =>
        days.reduce((total, day) => total + day[key], 0)
      const [sessions, messages, turns, carts] = [sum('sessions'), sum('messages'), sum('turns'), sum('carts')]
      const micro = sum('costMicro')
      const spent = money.get(version) ?? { micro: 0, microCarts: 0, microSquared: 0n }
      money.set(version, {
        micro: spent.micro + micro,
        microCarts: spent.microCarts + micro * carts,
        microSquared: spent.microSquared + BigInt(micro) ** 2n,
      })
      const before = rows.get(version)
      rows.set(version, {
        prompt_version: version,
        first_day: earliest(before?.first_day, calendar.dayAt(first.day)),
        last_day: latest(before?.last_day, calendar.dayAt(last.day)),
        users: (before?.users ?? 0) + 1,
        sessions: (before?.sessions ?? 0) + sessions,
        messages: (before?.messages ?? 0) + messages,
        turns: (before?.turns ?? 0) + turns,
        cost_rub: 0,
        carts: (before?.carts ?? 0) + carts,
        rated: 0,
        up: 0,
        sessions_squared: (before?.sessions_squared ?? 0) + sessions ** 2,
        carts_squared: (before?.carts_squared ?? 0) + carts ** 2,
        carts_sessions: (before?.carts_sessions ?? 0) + carts * sessions,
        cost_squared: 0,
        cost_carts: 0,
        messages_squared: (before?.messages_squared ?? 0) + messages ** 2,
        turns_squared: (before?.turns_squared ?? 0) + turns ** 2,
        turns_messages: (before?.turns_messages ?? 0) + turns * messages,
      })
    },
    result: (): PromptRow[] =>
      [...rows.values()]
        .map(row => ({ ...row, ...costsOf(money.get(row.prompt_version)), ...rated.get(row.prompt_version) }))
        .sort((a, b) => b.users - a.users || (a.prompt_version < b.prompt_version ? -1 : 1)),
  }
}

const costsOf = ({ micro, microCarts, microSquared } = { micro: 0, microCarts: 0, microSquared: 0n }) => {
  const squared = String(microSquared).padStart(13, '0')
  return {
    cost_rub: micro / 1e6,
    cost_carts: microCarts / 1e6,
    cost_squared: Number(`${squared.slice(0, -12)}.${squared.slice(-12)}`),
  }
}

const earliest = (a: string | undefined, b: string): string => (a === undefined || b < a ? b : a)
const latest = (a: string | undefined, b: string): string => (a === undefined || b > a ? b : a)
