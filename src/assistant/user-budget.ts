import { LRUCache } from 'lru-cache'
import { Counter } from 'prom-client'
import type { Log } from '../telemetry/log.ts'
import type { MetricRegistry } from '../telemetry/registry.ts'
import type { Users } from '../users/users.ts'

export interface UserBudget {
  /** Whether the model may be asked for this user now. Never rejects. */
  allows(userId: number): Promise<boolean>
  /** Adds what a message has cost. */
  spend(userId: number, costRub: number): void
}

export interface UserBudgetDeps {
  users: Pick<Users, 'spentOnDay'>
  /** Roubles of one user on one calendar day. */
  limitRub: number
  timeZone: string
  log: Log
  register: MetricRegistry
  now: () => Date
}

/** Users remembered for the time PostgreSQL does not answer; the rest begin at 0 then. */
const rememberedUsers = 20_000

/** Counts the messages the limit refused. */
export function createUserBudgetMetrics(register: MetricRegistry) {
  const refusals = new Counter({
    name: 'bot_llm_user_budget_refusals_total',
    help: 'Messages answered without the model because the user has used up the roubles of the day',
    registers: [register],
  })
  refusals.inc(0)
  return refusals
}

/**
 * Keeps one user's model calls of a day within a limit. The sum is PostgreSQL's, which every replica adds to, or this
 * process' own where that is more: costs that wait on disk are in the second alone. A message that has begun is finished, so
 * the limit may be passed by one message.
 */
export function createUserBudget({ users, limitRub, timeZone, log, register, now }: UserBudgetDeps): UserBudget {
  const refusals = createUserBudgetMetrics(register)
  const days = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' })
  const spentMicro = new LRUCache<string, number>({ max: rememberedUsers })
  const keyOf = (userId: number) => `${userId} ${days.format(now())}`

  return {
    async allows(userId) {
      const key = keyOf(userId)
      try {
        const stored = Math.round((await users.spentOnDay(userId)) * 1e6)
        spentMicro.set(key, Math.max(stored, spentMicro.get(key) ?? 0))
      } catch (err) {
        log.warn('upstream_failed', { upstream: 'postgres', operation: 'spent_on_day', err })
      }
      const isAllowed = (spentMicro.get(key) ?? 0) < limitRub * 1e6
      if (!isAllowed) refusals.inc()
      return isAllowed
    },
    spend(userId, costRub) {
      const key = keyOf(userId)
      spentMicro.set(key, (spentMicro.get(key) ?? 0) + Math.round(costRub * 1e6))
    },
  }
}
