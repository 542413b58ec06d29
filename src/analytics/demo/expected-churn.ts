import type { ChurnRow, ChurnStep } from '../numbers.ts'
import { churnSteps } from '../numbers.ts'
import type { Period } from '../period.ts'
import type { Calendar } from './calendar.ts'
import type { Life } from './life.ts'

const stepOfEvent: Readonly<Record<string, ChurnStep>> = {
  bot_start: 'start',
  session_start: 'message',
  product_search: 'search',
  cart_created: 'cart',
  cart_limit_reached: 'limit',
  survey_completed: 'survey',
}

/** Calculates the expected blocks of the bot, life by life. */
export function createExpectedChurn(calendar: Calendar, period: Period) {
  const rows = new Map<string, ChurnRow>()
  return {
    add: ({ blocks, events, source }: Life): void => {
      for (const { at, blocked } of blocks) {
        const day = calendar.dayAt(calendar.indexAt(at))
        if (day < period.from || day > period.to) continue
        const reached = events
          .filter(event => event.at <= at)
          .map(({ type }) => churnSteps.indexOf(stepOfEvent[type] ?? 'none'))
        const step = churnSteps[Math.max(0, ...reached)] ?? 'none'
        const key = [day, source, step].join()
        const row = rows.get(key) ?? { day, source, step, blocks: 0, unblocks: 0 }
        rows.set(key, row)
        if (blocked) row.blocks++
        else row.unblocks++
      }
    },
    result: (): ChurnRow[] =>
      [...rows.values()].sort(
        (a, b) =>
          compare(a.day, b.day) ||
          compare(a.source, b.source) ||
          churnSteps.indexOf(a.step) - churnSteps.indexOf(b.step),
      ),
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
