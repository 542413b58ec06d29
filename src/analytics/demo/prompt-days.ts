import type { Calendar } from './calendar.ts'
import type { Life } from './life.ts'
import { isNewCart } from './life-carts.ts'

/** Versions of the prompt that synthetic users are answered with: a fifth of them gets the second. */
const [usual, tried] = ['5f2d0c9e7a1b', 'b7e41d3c6f80']

export const promptOf = ({ userId }: Pick<Life, 'userId'>): string => (userId % 5 === 0 ? tried : usual)

/** What the prompt did for a user on a day; money in whole micro-roubles. */
export interface PromptDay {
  day: number
  sessions: number
  messages: number
  turns: number
  costMicro: number
  carts: number
}

/** The days on which a user wrote or got a cart, in order. */
export function promptDays(life: Life, calendar: Calendar): PromptDay[] {
  const days = new Map<number, PromptDay>()
  const at = (day: number): PromptDay => {
    const known = days.get(day) ?? { day, sessions: 0, messages: 0, turns: 0, costMicro: 0, carts: 0 }
    days.set(day, known)
    return known
  }
  for (const [day, { messages, calls, costMicro }] of life.usage)
    Object.assign(at(day), { messages, turns: calls, costMicro })
  for (const event of life.events) {
    if (event.type === 'session_start') at(calendar.indexAt(event.at)).sessions++
    if (isNewCart(event)) at(calendar.indexAt(event.at)).carts++
  }
  return [...days.values()].sort((a, b) => a.day - b.day)
}
