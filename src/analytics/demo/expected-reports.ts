import type { CartRatingRow } from '../digest-numbers.ts'
import type { Funnel, PromptRow, Summary, WithPrevious } from '../numbers.ts'
import { type Period, previousPeriod } from '../period.ts'
import type { Calendar } from './calendar.ts'
import { createExpectedNumbers, type ExpectedNumbers } from './expected.ts'
import { createExpectedPrompts } from './expected-prompts.ts'
import type { Life } from './life.ts'
import { createExpectedRatings } from './ratings.ts'

/** Expected answers of the reports for one period, where they say so beside those of the period before. */
export interface ExpectedReports extends Omit<ExpectedNumbers, 'summary' | 'funnel' | 'funnel_by_source'> {
  summary: WithPrevious<Summary>
  funnel: WithPrevious<Funnel>
  funnel_by_source: WithPrevious<Funnel>[]
  prompts: PromptRow[]
  ratings: CartRatingRow[]
}

/** `createExpectedNumbers` for a period and the one before it. */
export function createExpectedReports(calendar: Calendar, period: Period, today: string) {
  const now = createExpectedNumbers(calendar, period, today)
  const beforePeriod = previousPeriod(period)
  const before = createExpectedNumbers(calendar, beforePeriod, today)
  const prompts = createExpectedPrompts(calendar, period)
  const ratings = createExpectedRatings(calendar, period)
  let firstDay = calendar.length
  return {
    add: (life: Life): void => {
      now.add(life)
      before.add(life)
      prompts.add(life)
      ratings.add(life)
      const [first] = life.events
      if (first !== undefined) firstDay = Math.min(firstDay, calendar.indexAt(first.at))
    },
    result: (): ExpectedReports => {
      const numbers = now.result()
      const previous = calendar.indexOf(beforePeriod.to) >= firstDay ? before.result() : null
      return {
        ...numbers,
        prompts: prompts.result(),
        ratings: ratings.result(),
        summary: { ...numbers.summary, previous: previous?.summary ?? null },
        funnel: { ...numbers.funnel, previous: previous?.funnel ?? null },
        funnel_by_source: numbers.funnel_by_source.map((funnel, i) => ({
          ...funnel,
          previous: previous?.funnel_by_source[i] ?? null,
        })),
      }
    },
  }
}
