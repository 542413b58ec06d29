import { type Source, sources } from '../../events/catalogue.ts'
import { type Funnel, type FunnelWindow, funnelStages } from '../numbers.ts'
import type { Period } from '../period.ts'
import type { Calendar } from './calendar.ts'
import type { LifeEvent } from './life.ts'
import { isNewCart } from './life-carts.ts'

const stageEvents = [
  'bot_start',
  'session_start',
  'product_search',
  'cart_created',
  'cart_limit_reached',
  'survey_completed',
]

/** The window that commands use by default, in days. */
const windowDays = 7

/** Follows each generated user through the funnel, event by event: of all users (null) and of each source. */
export function createExpectedFunnels(calendar: Calendar, period: Period, today: string) {
  const [from, to] = [calendar.indexOf(period.from), calendar.indexOf(period.to)]
  const dayOf = (event: LifeEvent) => calendar.indexAt(event.at)
  const counted = new Map<Source | null, { stages: number[]; closed: number[]; open: number }>(
    [null, ...sources].map(source => [
      source,
      { stages: funnelStages.map(() => 0), closed: funnelStages.map(() => 0), open: 0 },
    ]),
  )

  /** Number of steps done in order among these events. */
  const stepsIn = (events: readonly LifeEvent[]): number => {
    let since = Number.NEGATIVE_INFINITY
    for (const [i, type] of stageEvents.entries()) {
      const next = events.find(
        event => event.at >= since && event.type === type && (type !== 'cart_created' || isNewCart(event)),
      )
      if (next === undefined) return i
      since = next.at
    }
    return stageEvents.length
  }

  const add = (source: Source, events: readonly LifeEvent[]) => {
    const inPeriod = events.filter(event => dayOf(event) >= from && dayOf(event) <= to)
    const start = inPeriod.find(event => event.type === 'bot_start')
    if (start === undefined) return
    const windowEnd = dayOf(start) + windowDays
    const isOpen = calendar.indexOf(today) < windowEnd
    const steps = stepsIn(inPeriod)
    const within = isOpen ? 0 : stepsIn(events.filter(event => event.at >= start.at && dayOf(event) < windowEnd))
    for (const key of [null, source]) {
      const counts = counted.get(key)
      if (counts === undefined) continue
      if (isOpen) counts.open++
      for (let i = 0; i < steps; i++) counts.stages[i] = (counts.stages[i] ?? 0) + 1
      for (let i = 0; i < within; i++) counts.closed[i] = (counts.closed[i] ?? 0) + 1
    }
  }
  const stages = (counts: readonly number[] | undefined) =>
    funnelStages.map((stage, i) => ({ stage, users: counts?.[i] ?? 0 }))
  return {
    add,
    funnelOf: (source: Source | null): Funnel => ({
      ...period,
      source,
      stages: stages(counted.get(source)?.stages),
      open: counted.get(source)?.open ?? 0,
    }),
    windowOf: (source: Source | null): FunnelWindow => ({
      ...period,
      source,
      days: windowDays,
      stages: stages(counted.get(source)?.closed),
    }),
  }
}
