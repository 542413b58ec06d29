import { createLatestEntries } from '../process/latest-entries.ts'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import type { SpentOnDay, UserReadings, Users } from '../users/users.ts'
import { type Cap, createCapMetrics } from './cap-metrics.ts'

/** What model calls may cost on one calendar day, in roubles: of one user, and of all together. Undefined: no such cap. */
export interface CapSettings {
  /** Reached: answers become cheaper. */
  soft: Limits
  /** Reached: the model is not asked. */
  hard: Limits & { userRub: number }
}

interface Limits {
  userRub?: number | undefined
  dayRub?: number | undefined
}

/** How a message may be answered. `cap` is the cap that decided it; `until` the moment from which the model may be asked again. */
export type Permission =
  | { answer: 'full'; cap: null }
  | { answer: 'cheaper'; cap: Cap }
  | { answer: 'refused'; cap: Cap; until: Date }

export interface SpendingCaps {
  /** How the model may be asked for this user's message that begins now. Never rejects. */
  permit(userId: number, readings: Pick<UserReadings, 'spentOnDay'>): Promise<Permission>
  /** Adds what a message that began at `at` has cost. */
  spend(userId: number, costRub: number, at: Date): void
  /** Learns from PostgreSQL what the day has cost so far, so that the gauge is right before the first message. Never rejects. */
  refresh(): Promise<void>
}

export interface SpendingCapsDeps {
  users: Pick<Users, 'readings'>
  caps: CapSettings
  timeZone: string
  log: Log
  register: MetricRegistry
  now: () => Date
}

/** Users remembered for the time PostgreSQL does not answer; the rest begin at 0 then. */
const rememberedUsers = 20_000
const hourMs = 3_600_000

const micro = (rub: number) => Math.round(rub * 1e6)

/**
 * Keeps the model calls of a calendar day within caps. Both sums are read from PostgreSQL for every message, so they include
 * what other replicas and earlier processes spent; they lack only messages in flight anywhere and facts that wait on another
 * replica's disk. This process' own sum counts where it is more: its facts may wait on disk, and while PostgreSQL is down it
 * is all there is, so that each replica keeps to the caps alone. A message that has begun is finished as it began, so a
 * cap may be passed by the messages in flight.
 */
export function createSpendingCaps({ users, caps, timeZone, log, register, now }: SpendingCapsDeps): SpendingCaps {
  const days = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  const today = () => days.format(now())
  const ofUsers = createLatestEntries<string, number>(rememberedUsers)
  let ofDay = { day: today(), micro: 0 }

  const current = () => {
    const day = today()
    if (ofDay.day !== day) ofDay = { day, micro: 0 }
    return ofDay
  }
  const isReached = (limitRub: number | undefined, spentMicro: number) =>
    limitRub !== undefined && spentMicro >= micro(limitRub)
  const metrics = createCapMetrics(register, () => {
    const spent = current().micro
    return isReached(caps.hard.dayRub, spent) ? 2 : isReached(caps.soft.dayRub, spent) ? 1 : 0
  })

  const learn = async (userId: number | null, readings: Pick<UserReadings, 'spentOnDay'>) => {
    const day = today()
    let stored: SpentOnDay
    try {
      stored = await readings.spentOnDay()
    } catch (err) {
      log.warn('upstream_failed', { upstream: 'postgres', operation: 'spent_on_day', err })
      return
    }
    if (day !== today()) return // read around midnight: of which day it is, is not known
    current().micro = Math.max(ofDay.micro, micro(stored.dayRub))
    if (userId === null) return
    const key = `${userId} ${day}`
    ofUsers.set(key, Math.max(ofUsers.get(key) ?? 0, micro(stored.userRub)))
  }

  const decide = (userId: number): Permission => {
    const ofUser = ofUsers.get(`${userId} ${today()}`) ?? 0
    const all = current().micro
    const until = () => nextDay(now(), days)
    if (isReached(caps.hard.dayRub, all)) return { answer: 'refused', cap: 'day_hard', until: until() }
    if (isReached(caps.hard.userRub, ofUser)) return { answer: 'refused', cap: 'user_hard', until: until() }
    if (isReached(caps.soft.dayRub, all)) return { answer: 'cheaper', cap: 'day_soft' }
    if (isReached(caps.soft.userRub, ofUser)) return { answer: 'cheaper', cap: 'user_soft' }
    return { answer: 'full', cap: null }
  }

  return {
    async permit(userId, readings) {
      await learn(userId, readings)
      const permission = decide(userId)
      if (permission.cap !== null) metrics.capped(permission.cap)
      return permission
    },
    spend(userId, costRub, at) {
      const day = days.format(at) // as it is stored
      const key = `${userId} ${day}`
      ofUsers.set(key, (ofUsers.get(key) ?? 0) + micro(costRub))
      if (day === current().day) ofDay.micro += micro(costRub)
    },
    refresh: () => learn(null, users.readings(null)),
  }
}

/** The first minute of the next calendar day of `days`; a day has up to 25 hours where clocks are changed. */
function nextDay(at: Date, days: Intl.DateTimeFormat): Date {
  const today = days.format(at)
  const minuteMs = 60_000
  let [before, after] = [Math.floor(at.getTime() / minuteMs), Math.ceil((at.getTime() + 26 * hourMs) / minuteMs)]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (days.format(middle * minuteMs) === today) before = middle
    else after = middle
  }
  return new Date(after * minuteMs)
}
